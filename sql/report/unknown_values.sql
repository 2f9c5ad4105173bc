-- reads   unknown_values
-- gives   rows: one row per source and column with values that are not understood: their rows, how many values, and which
--          with their rows, the most frequent first
-- columns source varchar, column_name varchar, rows bigint, distinct_values bigint, values struct[]
with counted as (
    select source, column_name, value, sum(rows)::bigint as rows
    from unknown_values
    group by source, column_name, value
)

select
    source,
    column_name,
    sum(rows)::bigint as rows,
    count(*) as distinct_values,
    list(struct_pack(value := value, rows := rows) order by rows desc, value) as "values"
from counted
group by source, column_name
order by source, column_name
