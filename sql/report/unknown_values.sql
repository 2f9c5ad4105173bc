-- reads   unknown_values
-- gives   rows: one row per value that is not understood, with its rows over all files; most frequent first within a
--          column
-- columns source varchar, column_name varchar, value varchar, rows bigint
select
    source,
    column_name,
    value,
    sum(rows)::bigint as rows
from unknown_values
group by all
order by source, column_name, sum(rows) desc, value
