-- reads   source_hours, source_habits, planned_silences, site_days
-- gives   source_dates: one row per source of $sources and date, from twelve weeks before its last rows to $date
-- params  $date, $first, $sources
-- note    planned: every hour in which the source ever has rows lies in a planned silence. Of a source that is not
--          configured any more nothing is expected; where $sources is empty, all are
with counts as (
    select source, business_date, sum(events)::bigint as events
    from source_hours
    where business_date <= $date and (len($sources) = 0 or list_contains($sources, source))
    group by all
),

spans as (
    select source, min(business_date) as first_on, max(business_date) as last_on
    from counts
    group by source
),

dates_of_source as (
    select spans.source, day.generate_series::date as business_date
    from spans,
        generate_series(
            greatest(spans.first_on, spans.last_on - 84, $first)::timestamp, $date::timestamp, interval 1 day
        ) as day
),

habit_hours as (
    select distinct source_hours.source, source_hours.hour
    from source_hours
    join spans on source_hours.source = spans.source
    semi join planned_silences on source_hours.source = planned_silences.source
    where source_hours.business_date between spans.last_on - 84 and spans.last_on
),

planned_dates as (
    select source, business_date
    from (
        select
            dates_of_source.source,
            dates_of_source.business_date,
            habit_hours.hour,
            bool_or(planned_silences.source is not null) as planned
        from dates_of_source
        join habit_hours on dates_of_source.source = habit_hours.source
        left join planned_silences
            on
                dates_of_source.source = planned_silences.source
                and planned_silences.starts_at < dates_of_source.business_date + to_hours(habit_hours.hour + 1)
                and coalesce(planned_silences.ends_at, timestamp 'infinity')
                > dates_of_source.business_date + to_hours(habit_hours.hour)
        group by all
    )
    group by all
    having bool_and(planned)
)

select
    dates_of_source.source,
    dates_of_source.business_date,
    site_days.day_off,
    coalesce(counts.events, 0) as events,
    dates_of_source.business_date <= source_habits.due_on as due,
    planned_dates.source is not null as planned
from dates_of_source
join site_days using (business_date)
join source_habits using (source)
left join counts using (source, business_date)
left join planned_dates using (source, business_date)
order by all
