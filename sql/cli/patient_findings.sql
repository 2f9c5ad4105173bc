-- reads   findings, finding_events
-- gives   rows: one row per account and finding about it that rests on accesses to the record $patient
-- columns user_id varchar, finding_id varchar
-- params  $patient
select distinct findings.user_id, finding_events.finding_id
from finding_events
join findings using (finding_id)
where finding_events.patient_id = $patient and findings.user_id is not null
order by findings.user_id, finding_events.finding_id
