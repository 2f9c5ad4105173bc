-- reads   typed_rows, canonical_rows
-- gives   quarantine: one row per row of the chunk that is not an event; $longest characters of its text are kept
-- params  $source, $file_id, $path, $longest
insert into quarantine by name
select
    $source as source,
    $file_id as file_id,
    $path as path,
    typed_rows.row_number,
    canonical_rows.byte_position,
    typed_rows.problem as reason,
    left(canonical_rows.raw, $longest) as raw
from typed_rows
join canonical_rows using (row_number)
where typed_rows.problem is not null
order by typed_rows.row_number
