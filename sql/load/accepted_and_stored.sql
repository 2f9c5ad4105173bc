-- reads   event_parts, purged_parts, files
-- gives   rows: one row per file: rows accepted by the ledger, rows of the log in its parts and rows that were purged
-- columns path varchar, accepted bigint, stored bigint
with stored as (
    select file_id, coalesce(log_rows, rows) as rows
    from event_parts
    union all
    select file_id, rows
    from purged_parts
)

select
    files.path,
    files.accepted,
    coalesce(sum(stored.rows), 0)::bigint as stored
from files
left join stored using (file_id)
group by files.file_id, files.path, files.accepted
order by files.file_id
