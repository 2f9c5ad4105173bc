-- reads   policy_days
-- gives   rows: one row: for how many accounts a policy fired with an alert
-- columns accounts bigint
-- params  $policy, $since, $night
select count(distinct user_id) as accounts
from policy_days
where policy_id = $policy and alert and business_date between $since and $night
