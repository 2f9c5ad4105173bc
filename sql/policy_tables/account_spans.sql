-- reads   account_dates, account_spans
-- gives   account_spans: one row per account with events on the judged dates: first and last date, who it was last
-- note    dates may be scored out of order: a span only widens
select
    user_id,
    least(min(business_date), any_value(known.first_seen_on)) as first_seen_on,
    greatest(max(business_date), any_value(known.last_seen_on)) as last_seen_on,
    arg_max(account_dates.name, business_date) as name,
    arg_max(account_dates.department, business_date) as department,
    arg_max(account_dates.role, business_date) as role,
    arg_max(account_dates.account_type, business_date) as account_type
from account_dates
left join account_spans as known using (user_id)
group by user_id
order by user_id
