-- reads   patient_days
-- gives   rows: one row per explanation of patient-days of the account $user, the most frequent first
-- columns explanation varchar, patient_days bigint, suspicious bigint
-- params  $user
select
    explanation,
    count(*) as patient_days,
    count(*) filter (state = 'suspicious') as suspicious
from patient_days
where user_id = $user
group by explanation
order by patient_days desc, explanation
