-- gives   context_text(t, zone), context_word(t, zone), context_list(t, zone), context_day(t, zone): macros that read a
--          column of a context table by its kind, beside context_start and context_end
-- gives   context_missing(header, t), context_unreadable(header, t, value), context_misordered(header, end_at,
--          start_header, start_at): macros that name what is wrong with a row, null where nothing is
-- note    context_span_end(start_at, end_at): an end less than a day before its start is a clock that was a little
--          wrong and counts as the start. Needs the macros of context_time.sql
create or replace temp macro context_text(t, zone) as t;

create or replace temp macro context_word(t, zone) as lower(t);

create or replace temp macro context_list(t, zone) as
nullif(
    array_to_string(
        list_filter(list_transform(string_split(t, '|'), lambda item: trim(item)), lambda item: item <> ''), '|'
    ),
    ''
);

create or replace temp macro context_day(t, zone) as coalesce(context_date(t), context_start(t, zone)::date);

create or replace temp macro context_missing(header, t) as case when t is null then 'no ' || header end;

create or replace temp macro context_unreadable(header, t, value) as
case when t is not null and value is null then header || ' is not a date: ' || left(t, 100) end;

create or replace temp macro context_misordered(header, end_at, start_header, start_at) as
case when end_at < start_at - interval 1 day then header || ' lies before ' || start_header end;

create or replace temp macro context_span_end(start_at, end_at) as
case when end_at < start_at then start_at else end_at end;
