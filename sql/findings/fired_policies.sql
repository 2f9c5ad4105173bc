-- reads   policy_days
-- gives   rows: one row per firing of a policy for one of the accounts $users
-- params  $users, $night
select *
from policy_days
where user_id in (select unnest($users)) and business_date <= $night
order by business_date, user_id, policy_id
