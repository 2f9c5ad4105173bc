-- reads   quarantine, purged_quarantine, files
-- gives   rows: one row per file: rows quarantined by the ledger, rows kept and rows that were purged
-- columns path varchar, quarantined bigint, kept bigint
with kept as (
    select file_id, 1 as rows
    from quarantine
    union all
    select file_id, rows
    from purged_quarantine
)

select
    files.path,
    files.quarantined,
    coalesce(sum(kept.rows), 0)::bigint as kept
from files
left join kept using (file_id)
group by files.file_id, files.path, files.quarantined
order by files.file_id
