/*
Reads  `files`, `quarantine`, `purged_quarantine`.
Gives  one row per file: rows quarantined by the ledger, rows kept and rows that were purged.
*/
with kept as (
    select file_id, 1 as rows
    from quarantine
    union all
    select file_id, rows
    from purged_quarantine
)

select file.path, file.quarantined, coalesce(sum(kept.rows), 0)::bigint as kept
from files as file
left join kept using (file_id)
group by file.file_id, file.path, file.quarantined
order by file.file_id;
