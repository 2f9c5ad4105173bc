-- reads   policy_days
-- gives   rows: one row per date from $start to $night on which the policy $policy fired for $source
-- params  $source, $policy, $start, $night
select *
from policy_days
where subject = 'source' and source = $source and policy_id = $policy and business_date between $start and $night
order by business_date
