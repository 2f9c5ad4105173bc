-- reads   account_dates, account_spans, account_days, events
-- gives   known_spans: account_spans as they were before $date, of accounts seen by then
-- params  $date
-- note    only accounts with events on the date need their true last date; that of the others is of no use
with accounts_seen as (
    select distinct user_id
    from account_dates
    where business_date = $date
),

seen as (
    select
        user_id,
        max(business_date) as last_on
    from (
        select user_id, business_date
        from account_days
        where business_date < $date
        union all
        select user_id, business_date
        from events
        where business_date < $date
    )
    semi join accounts_seen using (user_id)
    group by user_id
)

select
    account_spans.* replace (
        case
            when account_spans.last_seen_on < $date then account_spans.last_seen_on
            else coalesce(seen.last_on, account_spans.first_seen_on)
        end as last_seen_on
    )
from account_spans
left join seen using (user_id)
where account_spans.first_seen_on < $date
order by account_spans.user_id
