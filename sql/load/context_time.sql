-- gives   context_start(t, zone), context_end(t, zone), context_date(t): macros that read times of context tables as
--          the site's wall clock
-- note    the start of a date is its midnight, its end the midnight after it: ends are exclusive in the store. Needs
--          the macros of event_time.sql
create or replace temp macro context_date(t) as
case
    when regexp_full_match(t, '\d{4}[-/.]\d{1,2}[-/.]\d{1,2}')
        then try_cast(replace(replace(t, '/', '-'), '.', '-') as date)
    when regexp_full_match(t, '\d{4}年\d{1,2}月\d{1,2}日?')
        then try_cast(replace(replace(replace(t, '年', '-'), '月', '-'), '日', '') as date)
    when regexp_full_match(t, '\d{8}')
        then try_cast(t[1:4] || '-' || t[5:6] || '-' || t[7:8] as date)
end;

create or replace temp macro context_clock(clock, zone) as
case
    when clock.minutes is null then clock.wall
    else timezone(zone, timezone('UTC', clock.wall - to_minutes(clock.minutes)))
end;

create or replace temp macro context_start(t, zone) as
coalesce(context_date(t)::timestamp, plain_time(t), context_clock(event_clock(t), zone));

create or replace temp macro context_end(t, zone) as
coalesce((context_date(t) + 1)::timestamp, plain_time(t), context_clock(event_clock(t), zone));
