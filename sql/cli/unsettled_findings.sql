-- reads   finding_events, findings
-- gives   rows: one row per finding that rests on accesses to one record, or is about it, and is not settled
-- columns finding_id varchar
-- params  $patient
select finding_id
from findings
where
    status in ('open', 'escalated')
    and (
        patient_id = $patient
        or finding_id in (select finding_events.finding_id from finding_events where patient_id = $patient)
    )
order by risk desc, finding_id
