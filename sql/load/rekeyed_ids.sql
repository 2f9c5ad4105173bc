-- reads   ids_before, ids_after
-- gives   rows: one row per date and identifier that stood for itself or another one before and stands for yet another now
-- columns business_date date, before varchar, after varchar
-- note    both tables have one row per source, date and identifier as logged, with its events. Where one stands for several
--          now, since its logs differ, the one with most events
with counted as (
    select
        ids_before.business_date,
        ids_before.id as before,
        ids_after.id as after,
        sum(ids_before.events) as events
    from ids_before
    join ids_after using (source, business_date, logged_id)
    group by ids_before.business_date, ids_before.id, ids_after.id
),

most as (
    select
        business_date,
        before,
        arg_max(after, {events: events, same: before = after, id: after}) as after
    from counted
    group by business_date, before
)

select
    business_date,
    before,
    after
from most
where before <> after
order by business_date, before
