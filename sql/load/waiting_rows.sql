-- reads   typed_rows, canonical_rows
-- gives   waiting_rows: one row per row of the chunk that was quarantined for what the log need not say once more
-- params  $source, $file_id
insert into waiting_rows by name
select
    $source as source,
    $file_id as file_id,
    typed_rows.row_number,
    typed_rows.waits_for,
    typed_rows.base_id,
    typed_rows.event_time,
    canonical_rows.user_id,
    canonical_rows.workstation,
    to_json(canonical_rows)::varchar as record
from typed_rows
join canonical_rows using (row_number)
where typed_rows.waits_for is not null
order by typed_rows.row_number
