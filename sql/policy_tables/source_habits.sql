-- reads   source_hours, source_delays
-- gives   source_habits: one row per source: by how many dates its rows use to be late, and which are due
--          at the end of $night
-- params  $night
-- note    a delay is a habit where three of the last seven dates with rows have it or a longer one (of fewer dates, as
--          large a share), or the latest rows of three of the nights of four weeks: who delivers once a week is late
--          by up to six days
with newest_dates as (
    select source, business_date
    from (select distinct source, business_date from source_hours where business_date <= $night)
    qualify row_number() over (partition by source order by business_date desc) <= 7
),

ranked_dates as (
    select
        newest_dates.source,
        coalesce(source_delays.days, 0) as days,
        row_number() over (partition by newest_dates.source order by coalesce(source_delays.days, 0) desc) as place,
        ceil(count(*) over (partition by newest_dates.source) * 3 / 7) as needed
    from newest_dates
    left join source_delays
        on
            newest_dates.source = source_delays.source
            and newest_dates.business_date = source_delays.business_date
),

ranked_nights as (
    select
        source,
        max(days) as days,
        row_number() over (partition by source order by max(days) desc) as place
    from source_delays
    where business_date + days between $night::date - 27 and $night
    group by source, business_date + days
),

by_dates as (
    select source, max(days) filter (place = needed) as days, count(*) filter (days > 0) as late_dates
    from ranked_dates
    group by source
)

select
    by_dates.source,
    greatest(by_dates.days, coalesce(ranked_nights.days, 0))::integer as delay_days,
    $night::date - greatest(by_dates.days, coalesce(ranked_nights.days, 0))::integer as due_on,
    greatest(by_dates.days, coalesce(ranked_nights.days, 0)) > 0
    and (by_dates.late_dates >= 3 or ranked_nights.days is not null) as settled
from by_dates
left join ranked_nights on by_dates.source = ranked_nights.source and ranked_nights.place = 3
order by by_dates.source
