-- reads   typed_rows
-- gives   quarantine: with why the rows of the chunk that are no events yet are none by now
-- params  $file_id
update quarantine
set reason = typed_rows.problem
from typed_rows
where
    quarantine.file_id = $file_id
    and quarantine.row_number = typed_rows.row_number
    and typed_rows.problem is not null
