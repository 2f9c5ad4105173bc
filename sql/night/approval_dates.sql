-- reads   judged_dates, approvals_known, staff_on
-- gives   approval_dates: one row per (business_date, user_id) with an approval in force: patterns ('' = all), reason,
--          approver
-- params  $night
-- note    what was approved before the account's holder had it was approved for another person
select
    judged_dates.business_date,
    approvals.user_id,
    case
        when bool_or(coalesce(approvals.patterns, '') = '') then ''
        else string_agg(distinct approvals.patterns, '|' order by approvals.patterns)
    end as patterns,
    string_agg(distinct coalesce(approvals.reason, ''), '; ' order by coalesce(approvals.reason, '')) as reason,
    string_agg(distinct coalesce(approvals.approved_by, ''), '; ' order by coalesce(approvals.approved_by, ''))
        as approved_by
from judged_dates
join approvals_known as approvals
    on
        coalesce(approvals.starts_at, timestamp '-infinity') < judged_dates.business_date + interval 1 day
        and coalesce(known_end(approvals.ends_at, $night), timestamp 'infinity') > judged_dates.business_date
left join staff_on on judged_dates.business_date = staff_on.business_date and approvals.user_id = staff_on.user_id
where coalesce(approvals.starts_at >= staff_on.held_since, true)
group by all
