-- reads   events, judged_dates, account_dates, interface_hours, source_names
-- gives   hours_of_interfaces: events per source, interface, business date and hour of the judged dates
-- note    an interface is a service account, or one that writes around the clock; once known as one, it is counted on
--          every date, so that a date without rows is one on which it wrote none
with interfaces as (
    select business_date, user_id
    from account_dates
    where account_type = 'service' or active_hours >= 18
    union
    select judged_dates.business_date, known.user_id
    from judged_dates
    cross join (select distinct user_id from interface_hours) as known
)

select
    coalesce(source_names.source, events.source) as source,
    events.user_id,
    events.business_date,
    date_part('hour', events.local_time)::integer as hour,
    count(*)::bigint as events
from events
semi join interfaces on events.business_date = interfaces.business_date and events.user_id = interfaces.user_id
left join source_names on events.source = source_names.former
group by all
