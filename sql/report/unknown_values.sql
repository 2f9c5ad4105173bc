/*
Reads  `unknown_values`.
Gives  one row per source and column: how many rows hold a value that is not understood, and how many such values.
*/
select source, column_name, sum(rows)::bigint as rows, count(distinct value) as distinct_values
from unknown_values group by all order by source, column_name;
