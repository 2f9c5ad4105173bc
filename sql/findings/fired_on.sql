-- reads   policy_days
-- gives   rows: one row per firing of a policy on $dates for a $subject
-- params  $subject, $dates
select *
from policy_days
where subject = $subject and business_date in (select unnest($dates))
order by user_id, source, business_date, policy_id
