-- reads   patient_days
-- gives   rows: one row per business date of the account $user: patients opened, among them unexplained and suspicious
--          ones
-- columns business_date date, patients bigint, unexplained bigint, suspicious bigint
-- params  $user
select
    business_date,
    count(*) as patients,
    count(*) filter (state <> 'explained') as unexplained,
    count(*) filter (state = 'suspicious') as suspicious
from patient_days
where user_id = $user
group by business_date
order by business_date
