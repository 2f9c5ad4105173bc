-- reads   events, judged_dates, account_dates, site_rules, authorised_offices, approval_dates
-- gives   export_days: one row per (business_date, user_id) that exported or printed lists of records
-- note    lists name no patient: the count of the row is all there is. The turn of the month is when billing,
--          statistics and quality control export by duty
select
    events.business_date,
    events.user_id,
    account_dates.department,
    account_dates.role,
    account_dates.account_type,
    sum(events.record_count)::bigint as records,
    max(events.record_count)::bigint as largest,
    count(*)::integer as exports,
    bool_or(authorised_offices.department is not null)
    and bool_and(
        in_turn(date_part('day', events.business_date), site_rules.month_end_from, site_rules.month_end_to)
    ) as month_end,
    any_value(approval_dates.patterns) as approved_patterns
from events
semi join judged_dates using (business_date)
join account_dates using (business_date, user_id)
cross join site_rules
left join authorised_offices using (department)
left join approval_dates using (business_date, user_id)
where
    events.outcome = 'success'
    and (events.action = 'export' or (events.action = 'print' and events.record_count > 1))
group by all
