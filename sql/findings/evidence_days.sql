-- reads   evidence_days
-- gives   rows: one row per account-day with evidence of the accounts $users
-- columns business_date date, user_id varchar, increments bigint[]
-- params  $users, $oldest, $night
select business_date, user_id, increments
from evidence_days
where user_id in (select unnest($users)) and business_date between $oldest and $night
order by business_date, user_id
