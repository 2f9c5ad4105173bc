-- reads   events
-- gives   rows: one row per account with events dated after $until, most events first
-- columns user_id varchar, workstation varchar, source varchar, events bigint, first_on date, last_on date
-- params  $until
select
    user_id,
    mode(workstation order by workstation) as workstation,
    mode(source order by source) as source,
    count(*) as events,
    min(business_date) as first_on,
    max(business_date) as last_on
from events
where business_date > $until
group by user_id
order by events desc, user_id
