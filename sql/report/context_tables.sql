/*
Reads  `context_tables`.
Gives  one row per context table: whether it is configured, its rows, and the rows that were not understood.
*/
select name, configured, rows, quarantined from context_tables order by name;
