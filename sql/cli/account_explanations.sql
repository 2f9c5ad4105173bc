-- reads   patient_days
-- gives   rows: one row per explanation of patient-days of the account $user from $judged_from on, the most frequent first
-- columns explanation varchar, patient_days bigint, suspicious bigint
-- params  $user, $judged_from
select
    explanation,
    count(*) as patient_days,
    count(*) filter (state = 'suspicious') as suspicious
from patient_days
where user_id = $user and business_date >= $judged_from
group by explanation
order by patient_days desc, explanation
