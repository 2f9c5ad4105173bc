/*
Reads  `files`, `event_parts`, `purged_parts`.
Gives  one row per file: rows accepted by the ledger, rows of its parts and rows that were purged.
*/
with stored as (
    select file_id, rows
    from event_parts
    union all
    select file_id, rows
    from purged_parts
)

select file.path, file.accepted, coalesce(sum(stored.rows), 0)::bigint as stored
from files as file
left join stored using (file_id)
group by file.file_id, file.path, file.accepted
order by file.file_id;
