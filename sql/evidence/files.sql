-- reads   finding_events, events, files
-- gives   rows: one row per log file that holds events of a finding: its place, what was read of it (bytes of whole
--          rows, uncompressed) and the SHA-256 of just these bytes
-- columns source varchar, path varchar, format varchar, encoding varchar, rows_read bigint, bytes_read bigint, sha256
--          varchar
-- params  $finding, $before
with cited as (
    select event_id, source, path
    from finding_events
    where finding_id = $finding and local_time < $before
),

known as (
    select distinct file_id
    from events
    where event_id in (select event_id from cited)
)

select distinct
    files.source,
    files.path,
    files.format,
    files.encoding,
    files.rows_read,
    files.bytes_read,
    files.prefix_digest as sha256
from files
where
    files.file_id in (select file_id from known)
    or (files.source, files.path) in (select (source, path) from cited)
order by files.source, files.path, files.bytes_read
