-- reads   event_parts, dates
-- gives   rows: one row per date with loaded events that is still to be worked through
-- columns day varchar
-- note    the newest date of the logs is not complete yet
with loaded_days as (
    select unnest(generate_series(first_date::timestamp, last_date::timestamp, interval 1 day))::date as day
    from event_parts
)

select distinct day::varchar as day
from loaded_days
where
    day not in (select business_date from dates)
    and day < (select max(last_date) from event_parts)
    and day > coalesce((select max(business_date) from dates), date '-infinity')
order by day
