-- reads   finding_events
-- gives   rows: one row per (finding_id, patient_id): the patients of suspicious accesses that $findings rest on
-- columns finding_id varchar, patient_id varchar
-- params  $findings
select distinct finding_id, patient_id
from finding_events
where finding_id in (select unnest($findings)) and patient_id is not null and surprisal is not null
