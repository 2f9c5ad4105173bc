-- reads   quarantine
-- gives   rows: one row: how many rows behind row $after of the file $file_id were set aside as no record of the log
-- columns rows bigint
-- params  $file_id, $after
-- note    the reason of such a row begins with "no record: "; the limit of the quarantine leaves it out
select count(*) as rows
from quarantine
where
    file_id = $file_id
    and row_number > $after
    and starts_with(reason, 'no record: ')
