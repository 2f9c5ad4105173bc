-- reads   account_spans, rekeyed_user_id
-- gives   rows: account_spans, each account by what it stands for now: the first and the last date of all that became one
-- columns user_id varchar, first_seen_on date, last_seen_on date, name varchar, department varchar, role varchar,
--          account_type varchar
with now_called as (
    select
        before,
        arg_max(after, business_date) as after
    from rekeyed_user_id
    group by before
)

select
    coalesce(now_called.after, account_spans.user_id) as user_id,
    min(account_spans.first_seen_on) as first_seen_on,
    max(account_spans.last_seen_on) as last_seen_on,
    arg_max(account_spans.name, account_spans.last_seen_on) as name,
    arg_max(account_spans.department, account_spans.last_seen_on) as department,
    arg_max(account_spans.role, account_spans.last_seen_on) as role,
    arg_max(account_spans.account_type, account_spans.last_seen_on) as account_type
from account_spans
left join now_called on account_spans.user_id = now_called.before
group by coalesce(now_called.after, account_spans.user_id)
