-- reads   finding_events, decoy_patients
-- gives   rows: one row: the patients whose records the findings $findings rest on
-- columns patients bigint
-- params  $findings
select count(distinct patient_id) as patients
from finding_events
where list_contains($findings, finding_id) and patient_id not in (select patient_id from decoy_patients)
