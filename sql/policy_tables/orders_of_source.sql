-- reads   night_events, number_steps, number_holes, source_names
-- gives   orders_of_source: one row per log on the night: how its rows are numbered, and how they follow in time
-- params  $date
-- note    in order: not more than a minute back
with numbers as (
    select source, count(*) as numbered, count(*) filter (apart <= rows_apart) as consecutive
    from number_steps
    group by source
),

holes as (
    select source, sum(missing) filter (not jump) as missing
    from number_holes
    group by source
),

steps as (
    select
        coalesce(source_names.source, night_events.source) as source,
        epoch(
            night_events.local_time
            - lag(night_events.local_time) over (
                partition by night_events.source, night_events.file_id
                order by night_events.row_number, night_events.event_id
            )
        ) as seconds
    from night_events
    left join source_names on night_events.source = source_names.former
),

times as (
    select
        source,
        count(seconds) as followed,
        count(*) filter (seconds >= -60) as in_order,
        count(*) filter (seconds <= -3600) as set_back
    from steps
    group by source
)

select
    times.source,
    $date::date as business_date,
    coalesce(numbers.numbered, 0) as numbered,
    coalesce(numbers.consecutive, 0) as consecutive,
    coalesce(holes.missing, 0)::bigint as missing,
    times.followed,
    times.in_order,
    times.set_back
from times
left join numbers on times.source = numbers.source
left join holes on times.source = holes.source
order by times.source
