-- reads   suspicions
-- gives   rows: one row per suspicious patient-day of the accounts $users
-- params  $users, $oldest, $night
select *
from suspicions
where user_id in (select unnest($users)) and business_date between $oldest and $night
order by business_date, user_id, patient_id
