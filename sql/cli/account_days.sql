-- reads   patient_days
-- gives   rows: one row per business date of the account $user: patients opened, among them those with a ground, those
--          that are only usual for the unit, those without either ground or habit, and suspicious ones; before
--          $judged_from none of these was judged
-- columns business_date date, patients bigint, explained bigint, usual bigint, unexplained bigint, suspicious bigint
-- params  $user, $judged_from
select
    business_date,
    count(*) as patients,
    count(*) filter (business_date >= $judged_from and has_ground(state, explanation)) as explained,
    count(*) filter (business_date >= $judged_from and only_usual(state, explanation)) as usual,
    count(*) filter (business_date >= $judged_from and state <> 'explained') as unexplained,
    count(*) filter (business_date >= $judged_from and state = 'suspicious') as suspicious
from patient_days
where user_id = $user
group by business_date
order by business_date
