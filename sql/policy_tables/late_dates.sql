-- reads   source_hours, hours_of_source, judged_dates, dates, source_delays
-- gives   source_delays: one row per source and judged date of which a good part of the rows came after it had been
--          judged: by how many dates the night to $night is later
-- params  $night
-- note    before source_hours is brought up to date. Single rows of a workstation that was cut off make no late date
insert or replace into source_delays by name
with counted as (
    select
        source,
        business_date,
        sum(events) filter (not new) as before,
        sum(events) filter (new) as after
    from (
        select *, false as new
        from source_hours
        semi join judged_dates using (business_date)
        union all by name
        select *, true as new
        from hours_of_source
    )
    group by all
)

select
    counted.source,
    counted.business_date,
    greatest($night::date - counted.business_date, 1, coalesce(source_delays.days, 0))::integer as days
from counted
semi join dates on counted.business_date = dates.business_date
left join source_delays
    on counted.source = source_delays.source and counted.business_date = source_delays.business_date
where counted.business_date <= $night and counted.after - coalesce(counted.before, 0) >= 0.2 * counted.after
order by all
