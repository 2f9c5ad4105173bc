-- reads   patient_days
-- gives   rows: one row per business date of the account $user: patients opened, among them those that are only usual
--          for the unit, those without either ground or habit, and suspicious ones
-- columns business_date date, patients bigint, usual bigint, unexplained bigint, suspicious bigint
-- params  $user
select
    business_date,
    count(*) as patients,
    count(*) filter (only_usual(state, explanation)) as usual,
    count(*) filter (state <> 'explained') as unexplained,
    count(*) filter (state = 'suspicious') as suspicious
from patient_days
where user_id = $user
group by business_date
order by business_date
