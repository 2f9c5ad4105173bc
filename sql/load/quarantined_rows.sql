/*
Reads  `typed_rows`, `canonical_rows`.
Gives  one row of `quarantine` per row of the chunk that is not an event; `$longest` characters of its text are kept.
*/
insert into quarantine
select $source, $file_id, $path, row_number, byte_position, typed_rows.problem, left(raw, $longest)
from typed_rows
join canonical_rows using (row_number)
where typed_rows.problem is not null
order by row_number;
