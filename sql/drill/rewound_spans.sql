-- reads   account_spans, events
-- gives   rewound_spans: account_spans as they were before $first: accounts seen by then, and when last
-- columns user_id varchar, first_seen_on date, last_seen_on date, name varchar, department varchar, role varchar,
--          account_type varchar
-- params  $first
select
    account_spans.* replace (
        coalesce(seen.last_on, least(account_spans.last_seen_on, account_spans.first_seen_on)) as last_seen_on
    )
from account_spans
left join (
    select
        user_id,
        max(business_date) as last_on
    from events
    where business_date < $first
    group by user_id
) as seen using (user_id)
where account_spans.first_seen_on < $first
order by account_spans.user_id
