-- reads   waiting_rows
-- gives   rows: one row: how many rows of the future behind row $after of the file $file_id an earlier file of the source had brought as well
-- columns rows bigint
-- params  $source, $file_id, $after
select count(*) as rows
from waiting_rows
where
    file_id = $file_id
    and waits_for = 'time'
    and row_number > $after
    and base_id in (
        select base_id
        from waiting_rows
        where source = $source and file_id < $file_id
    )
