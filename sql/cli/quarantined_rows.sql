-- reads   quarantine
-- gives   rows: one row per row of a log or context table that was not understood, at most $most (null: all)
-- columns source varchar, file varchar, row_number bigint, byte_position bigint, reason varchar, raw varchar
-- params  $source, $most
-- note    $source null: of all sources
select
    source,
    path as file,
    row_number,
    byte_position,
    reason,
    raw
from quarantine
where source = coalesce($source, source)
order by source, file, row_number, byte_position
limit $most
