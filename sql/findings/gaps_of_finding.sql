-- reads   source_gaps, policy_days
-- gives   rows: one row per date of a gap within a window, with the severity of the policy that fired: null, where none
--          does any more
-- columns business_date date, since timestamp, hours integer[], filled_on date, severity varchar
-- params  $source, $pattern, $first, $last
select
    source_gaps.business_date,
    source_gaps.since,
    source_gaps.hours,
    source_gaps.filled_on,
    (
        select any_value(policy_days.severity order by policy_days.policy_id desc)
        from policy_days
        where
            policy_days.subject = 'source'
            and policy_days.source = source_gaps.source
            and policy_days.pattern = source_gaps.pattern
            and policy_days.business_date = source_gaps.business_date
    ) as severity
from source_gaps
where source = $source and pattern = $pattern and business_date between $first and $last
order by source_gaps.business_date
