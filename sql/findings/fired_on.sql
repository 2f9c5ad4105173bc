-- reads   policy_days, earlier_policy_days
-- gives   rows: one row per firing of a policy on $dates for a $subject that is new tonight
-- params  $subject, $dates
-- note    a date with late rows is asked about again: what had fired before for the same events is not new
select *
from policy_days
where
    subject = $subject
    and business_date in (select unnest($dates))
    and not exists (
        from earlier_policy_days as earlier
        where
            earlier.business_date = policy_days.business_date
            and earlier.policy_id = policy_days.policy_id
            and earlier.user_id is not distinct from policy_days.user_id
            and earlier.source is not distinct from policy_days.source
            and list_sort(earlier.event_ids) = list_sort(policy_days.event_ids)
    )
order by user_id, source, business_date, policy_id
