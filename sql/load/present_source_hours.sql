-- reads   source_hours, source_names
-- gives   present_source_hours: source_hours with what a source logged under former names under its present one
-- columns source varchar, business_date date, hour integer, events bigint
select
    coalesce(source_names.source, source_hours.source) as source,
    source_hours.business_date,
    source_hours.hour,
    sum(source_hours.events)::bigint as events
from source_hours
left join source_names on source_hours.source = source_names.former
group by all
order by all
