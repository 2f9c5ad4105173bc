-- reads   account_dates, account_spans
-- gives   account_spans: one row per account with events on the judged dates: first and last date, who it was last
-- note    dates may be scored out of order: a span only widens, and the last date says who it is
with judged as (
    select
        user_id,
        min(business_date) as first_on,
        max(business_date) as last_on,
        arg_max({name: name, department: department, role: role, account_type: account_type}, business_date) as holder
    from account_dates
    group by user_id
),

newest as (
    select
        judged.*,
        account_spans.first_seen_on,
        account_spans.last_seen_on,
        case
            when account_spans.last_seen_on > judged.last_on
                then
                    {
                        'name': account_spans.name,
                        'department': account_spans.department,
                        'role': account_spans.role,
                        'account_type': account_spans.account_type
                    }
            else judged.holder
        end as newest_holder
    from judged
    left join account_spans using (user_id)
)

select
    user_id,
    least(first_on, first_seen_on) as first_seen_on,
    greatest(last_on, last_seen_on) as last_seen_on,
    newest_holder.name as name,
    newest_holder.department as department,
    newest_holder.role as role,
    newest_holder.account_type as account_type
from newest
order by user_id
