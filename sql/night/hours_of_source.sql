-- reads   events, judged_dates, source_names
-- gives   hours_of_source: events per source, business date and hour of the judged dates
-- note    a source that was renamed counts under its present name
select
    coalesce(source_names.source, events.source) as source,
    events.business_date,
    date_part('hour', events.local_time)::integer as hour,
    count(*)::bigint as events
from events
semi join judged_dates on events.business_date = judged_dates.business_date
left join source_names on events.source = source_names.former
group by all
