-- reads   patient_days, finding_events, findings
-- gives   rows: one row per finding that is not settled and rests on the record of $numbers, or is about it, or is an
--          alert about an account that opened it
-- columns finding_id varchar
-- params  $numbers
select finding_id
from findings
where
    status in ('open', 'escalated')
    and (
        patient_id in (select unnest($numbers))
        or finding_id in (
            select finding_events.finding_id from finding_events where patient_id in (select unnest($numbers))
        )
        or (
            alert
            and user_id in (select patient_days.user_id from patient_days where patient_id in (select unnest($numbers)))
        )
    )
order by risk desc, finding_id
