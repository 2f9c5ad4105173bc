/*
Reads  `files`, `event_parts`.
Gives  one row per file: rows accepted by the ledger, rows of its parts.
*/
select file.path, file.accepted, coalesce(sum(part.rows), 0)::bigint as stored
from files as file
left join event_parts as part using (file_id)
group by file.file_id, file.path, file.accepted
order by file.file_id;
