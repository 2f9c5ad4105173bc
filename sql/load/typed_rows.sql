-- reads   canonical_rows
-- gives   typed_rows: one row per record of the chunk, with instant, wall clock, business date and base_id, the
--          identity before it is made unique; problem names why a record is not an event (null: it is one)
-- columns row_number bigint, base_id varchar, is_derived boolean, event_time timestamp, local_time timestamp,
--          business_date date, problem varchar
-- params  $zone, $source, $problem, $latest
-- note    canonical_rows are the records of one chunk, one text column per canonical column (null: empty), with content
--          (what an id is derived from where the record has none) and problem (what was wrong so far);
--          $problem is wrong with all of them (null: nothing). A wall clock
--          that the spring change skips is read with the offset before the change; one that the autumn change has twice
--          is taken as the second, in standard time. Whatever is later than $latest waits until its time has come
with clocked as (
    select
        row_number,
        event_id,
        event_time,
        user_id,
        content,
        problem,
        plain_time(event_time) as plain,
        case when plain is null and event_time is not null then event_clock(event_time) end as clock
    from canonical_rows
),

instants as (
    select
        * exclude (plain, clock),
        case
            when plain is not null then timezone('UTC', timezone($zone, plain))
            when clock.minutes is null then timezone('UTC', timezone($zone, clock.wall))
            else clock.wall - to_minutes(clock.minutes)
        end as instant,
        case
            when plain is not null then plain
            when clock.minutes is null then clock.wall
            else timezone($zone, timezone('UTC', clock.wall - to_minutes(clock.minutes)))
        end as wall
    from clocked
)

select
    row_number,
    $source || ':' || coalesce(event_id, 'h' || left(md5(content), 20)) as base_id,
    event_id is null as is_derived,
    instant as event_time,
    wall as local_time,
    wall::date as business_date,
    case
        when $problem::varchar is not null then $problem::varchar
        when event_time is null then 'no event_time'
        when instant is null then 'event_time is not a time: ' || left(event_time, 100)
        when year(instant) < 1970 then 'event_time is out of range: ' || left(event_time, 100)
        when user_id is null then 'no user_id'
        when problem is not null then problem
        when instant > $latest
            then 'future: event_time is more than a day after the start of the run: ' || left(event_time, 100)
    end as problem
from instants
