-- reads   identities
-- gives   rows: at most one row: the record that the number $patient stands for by the crosswalk, as it says last
-- columns canonical_id varchar
-- params  $patient
select arg_max(canonical_id, starts_at) as canonical_id
from identities
where column_name = 'patient_id' and id = $patient and canonical_id <> $patient
group by id
