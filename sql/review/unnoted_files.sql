-- reads   files, noted_files
-- gives   rows: one row per file whose content the trail does not name yet, or of which more was read since: counts and
--          the SHA-256 of the bytes read, uncompressed
-- columns source varchar, path varchar, bytes bigint, sha256 varchar, rows_read bigint, accepted bigint, duplicates
--          bigint, quarantined bigint
select
    files.source,
    files.path,
    files.bytes_read as bytes,
    files.prefix_digest as sha256,
    files.rows_read,
    files.accepted,
    files.duplicates,
    files.quarantined
from files
left join noted_files using (file_id)
where
    noted_files.prefix_digest is distinct from files.prefix_digest
    or noted_files.bytes_read is distinct from files.bytes_read
order by files.file_id
