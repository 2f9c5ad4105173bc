-- reads   files
-- gives   rows: one row per file that was loaded: its accounting, format and dates
-- columns source varchar, file varchar, rows_read bigint, accepted bigint, duplicates bigint, quarantined bigint,
--          skipped bigint, format varchar, encoding varchar, bytes_read bigint, first_date varchar, last_date varchar, problem varchar
select
    source,
    path as file,
    rows_read,
    accepted,
    duplicates,
    quarantined,
    skipped,
    format,
    encoding,
    bytes_read,
    first_date::varchar as first_date,
    last_date::varchar as last_date,
    problem
from files
order by source, file, file_id
