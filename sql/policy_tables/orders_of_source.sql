-- reads   row_steps, number_steps, number_holes
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

times as (
    select
        source,
        count(before_at) as followed,
        count(*) filter (local_time >= before_at - interval 1 minute) as in_order,
        count(*) filter (local_time <= before_at - interval 1 hour) as set_back
    from row_steps
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
