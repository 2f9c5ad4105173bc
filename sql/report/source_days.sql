-- reads   source_hours
-- gives   rows: one row per source and date of the period: its events, and what was usual on this weekday in the eight
--          weeks before (null without two such days)
-- columns source varchar, business_date date, events bigint, usual double
-- params  $last, $first
-- note    dates without any event are there with 0
with daily as (
    select source, business_date, sum(events)::bigint as events
    from source_hours
    group by all
),

sources as (
    select source, min(business_date) as first_date
    from daily
    where business_date <= $last
    group by source
),

calendar as (
    select sources.source, days.day::date as business_date
    from
        sources,
        generate_series(greatest($first, sources.first_date)::timestamp, $last::timestamp, interval 1 day) as days (day)
),

usual as (
    select calendar.source, calendar.business_date, median(earlier.events) as usual, count(*) as days
    from calendar
    join daily as earlier
        on
            calendar.source = earlier.source
            and earlier.business_date between calendar.business_date - 56 and calendar.business_date - 1
            and isodow(earlier.business_date) = isodow(calendar.business_date)
    group by all
)

select
    calendar.source,
    calendar.business_date,
    coalesce(daily.events, 0) as events,
    case when usual.days >= 2 then usual.usual end as usual
from calendar
left join daily using (source, business_date)
left join usual using (source, business_date)
order by calendar.source, calendar.business_date
