/*
Reads  `files`, `quarantine`.
Gives  one row per file: rows quarantined by the ledger, rows kept.
*/
select file.path, file.quarantined, count(kept.row_number) as kept
from files as file
left join quarantine as kept using (file_id)
group by file.file_id, file.path, file.quarantined
order by file.file_id;
