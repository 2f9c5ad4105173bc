-- reads   identities
-- gives   rows: one row per other number that stands for the record $patient by the crosswalk
-- columns id varchar
-- params  $patient
select distinct id
from identities
where column_name = 'patient_id' and canonical_id = $patient and id <> $patient
order by id
