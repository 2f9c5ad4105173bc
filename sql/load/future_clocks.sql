-- reads   waiting_rows
-- gives   rows: one row per account with rows set aside as dated in the future, most rows first
-- columns user_id varchar, workstation varchar, source varchar, events bigint, first_on date, last_on date
select
    user_id,
    mode(workstation order by workstation) as workstation,
    mode(source order by source) as source,
    count(*) as events,
    min(event_time)::date as first_on,
    max(event_time)::date as last_on
from waiting_rows
where waits_for = 'time'
group by user_id
order by events desc, user_id
