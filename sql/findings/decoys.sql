-- reads   decoy_patients, policy_days
-- gives   rows: one row per record that is a decoy, or was one when an account opened it: decoys are no patients
-- columns patient_id varchar
select patient_id
from decoy_patients
union distinct
select unnest(patient_ids) as patient_id
from policy_days
where pattern = 'decoy-access'
order by patient_id
