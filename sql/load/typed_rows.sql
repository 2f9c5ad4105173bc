-- reads   canonical_rows, spelled_clocks
-- gives   typed_rows: one row per record of the chunk, with instant, wall clock, business date and base_id, the
--          identity before it is made unique; problem names why a record is not an event (null: it is one), waits_for
--          what would make it one without another word in the log; time_order is what its text says of the order of
--          day and month (see spelled_clocks.sql)
-- columns row_number bigint, base_id varchar, is_derived boolean, event_time timestamp, local_time timestamp,
--          business_date date, time_order varchar, problem varchar, waits_for varchar
-- params  $zone, $log_zone, $is_told, $time_order, $source, $problem, $latest
-- note    canonical_rows are the records of one chunk, one text column per canonical column (null: empty), with content
--          (what an id is derived from where the record has none) and problem (what was wrong so far);
--          $problem is wrong with all of them (null: nothing). spelled_clocks has the rows whose time only
--          spelled_clocks.sql reads, or none. Times without an offset are in $log_zone; $is_told: the configuration
--          says so, and a zone's abbreviation is read as it too. local_time is in $zone, the site's. A wall clock
--          that the spring change skips is read with the offset before the change; one that the autumn change has twice
--          is taken as the second, in standard time. $time_order is the source's order of day and month (null: not
--          settled). Whatever is later than $latest waits until its time has come
with clocked as (
    select
        canonical_rows.row_number,
        canonical_rows.event_id,
        left(canonical_rows.event_time, 100) as shown,
        canonical_rows.user_id,
        canonical_rows.patient_id,
        canonical_rows.content,
        canonical_rows.problem as wrong,
        spelled_clocks.row_number is not null as is_spelled,
        case when not is_spelled then plain_time(canonical_rows.event_time) end as plain,
        case
            when plain is null and not is_spelled and canonical_rows.event_time is not null
                then event_clock(canonical_rows.event_time)
            when is_spelled
                then {
                    'wall': case
                        when spelled_clocks.time_order is null or $time_order = 'day_first' then spelled_clocks.wall
                        when $time_order = 'month_first' then spelled_clocks.swapped
                    end,
                    'minutes': spelled_clocks.minutes
                }
        end as clock,
        spelled_clocks.time_order,
        coalesce(spelled_clocks.zone, '') as zone,
        spelled_clocks.date_alone,
        spelled_clocks.year_digits
    from canonical_rows
    left join spelled_clocks on canonical_rows.row_number = spelled_clocks.row_number
),

instants as (
    select
        * exclude (plain, clock),
        case
            when plain is not null then timezone('UTC', timezone($log_zone, plain))
            when clock.minutes is not null then clock.wall - to_minutes(clock.minutes)
            when $is_told or zone in ('', upper($log_zone)) then timezone('UTC', timezone($log_zone, clock.wall))
        end as instant,
        case
            when $log_zone = $zone and clock.minutes is null then coalesce(plain, clock.wall)
            else timezone($zone, timezone('UTC', instant))
        end as wall,
        time_order is not null and $time_order::varchar is null as is_open
    from clocked
)

select
    row_number,
    $source || ':' || coalesce(event_id, 'h' || left(md5(content), 20)) as base_id,
    event_id is null as is_derived,
    instant as event_time,
    case when instant is not null then wall end as local_time,
    local_time::date as business_date,
    time_order,
    case
        when $problem::varchar is not null then $problem::varchar
        when shown is null then 'no event_time'
        when zone not in ('', upper($log_zone)) and not $is_told
            then 'event_time names a zone that can be several; set timezone of the source: ' || shown
        when date_alone then 'event_time is a date without a time: ' || shown
        when instant is null and not is_open and time_order is not null
            then 'event_time does not fit the order of day and month; set time_format of the source: ' || shown
        when instant is null and year_digits = 2
            then 'event_time has a year of two digits; set time_format of the source: ' || shown
        when instant is null and not is_open then 'event_time is not a time: ' || shown
        when year(instant) < 1970 then 'event_time is out of range: ' || shown
        when user_id is null and patient_id is null then 'no record: neither an account nor a patient'
        when user_id is null then 'no user_id'
        when wrong is not null then wrong
        when is_open then 'the order of day and month is not settled; set time_format of the source: ' || shown
        when instant > $latest then 'future: event_time is more than a day after the start of the run: ' || shown
    end as problem,
    case
        when starts_with(problem, 'the order of day and month is not settled;') then 'order'
        when starts_with(problem, 'future:') then 'time'
    end as waits_for
from instants
