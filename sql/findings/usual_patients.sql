-- reads   patient_days
-- gives   rows: one row per (business_date, user_id) of the accounts $users: patients opened, and those among them that
--          are only usual for the unit
-- columns business_date date, user_id varchar, patients bigint, usual bigint
-- params  $users, $oldest, $night
select
    business_date,
    user_id,
    count(*) as patients,
    count(*) filter (only_usual(state, explanation)) as usual
from patient_days
where user_id in (select unnest($users)) and business_date between $oldest and $night
group by all
order by all
