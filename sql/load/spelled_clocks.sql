-- reads   canonical_rows, unread_rows
-- gives   spelled_clocks: one row per row of the chunk whose time nothing simpler reads: what its text says
-- columns row_number bigint, wall timestamp, swapped timestamp, minutes integer, zone varchar, time_order varchar,
--          date_alone boolean, year_digits integer
-- note    the text is made plain (full-width characters, invisible ones, quotes around it, names of days), then
--          rewritten step by step to Y-M-D H:M:S and read once; @ marks a month's name, * an order of day and month that
--          the text leaves open, ' a year of two digits that is meant. wall is the reading, with an open order the one
--          with the day first; swapped has the month first. time_order is 'day_first' or 'month_first' where only that
--          makes a date of the text, 'open' where both do and differ, null where there is no question. minutes is the
--          offset from UTC, zone the name that stands in its place. unread_rows are those to read; configured_form()
--          rewrites by the source's time_format. Needs the macros of event_time.sql
with visible as (
    select
        canonical_rows.row_number,
        trim(upper(visible_text(canonical_rows.event_time))) as text
    from canonical_rows
    join unread_rows on canonical_rows.row_number = unread_rows.row_number
),

unquoted as (
    select
        row_number,
        case
            when text[1] in ('=', '"', '''') then trim(regexp_replace(text, '^=?["'']+|["'']+$', '', 'g'))
            -- as .NET writes milliseconds since 1970; an offset behind them says nothing of the instant
            when regexp_full_match(text, '\\?/DATE\(\d{12,13}([+-]\d{4})?\)\\?/')
                then make_timestamp(regexp_extract(text, '\d+')::bigint * 1000)::varchar || ' UTC'
            when contains(text, '北京时间') then trim(replace(text, '北京时间', '')) || ' +08:00'
            else text
        end as text
    from visible
),

bare as (
    select
        row_number,
        case
            when not regexp_matches(text, '[A-Z]{3}|[周週星礼\]()]') then text
            else trim(without_weekday(text))
        end as text
    from unquoted
),

worded as (
    select
        row_number,
        text,
        case
            when regexp_matches(text, '[A-Z]{3}')
                then regexp_extract(
                    text,
                    '(?:JAN|FEB|MAR|APR|MAY|JUN|JUL|AUG|SEP|OCT|NOV|DEC)[A-Z]*'
                )
            else ''
        end as month_name,
        case
            when regexp_matches(text, '[上凌早清中下晚傍AP]')
                then regexp_extract(text, '上午|凌晨|早上|早晨|清晨|中午|下午|晚上|傍晚|[AP]\.?M\b\.?')
            else ''
        end as half_day
    from bare
),

wordless as (
    select
        row_number,
        half_day,
        trim(case
            when month_name <> ''
                then replace(replace(text, half_day, ' '), month_name, '@' || month_number(month_name) || '@')
            when regexp_matches(text, '^\d{1,2}-\d{1,2}月')
                then regexp_replace(replace(text, half_day, ' '), '^(\d{1,2})-(\d{1,2})月 *-', '\1-@\2@-')
            when half_day = '' then text
            else replace(text, half_day, ' ')
        end) as text
    from worded
),

configured as (
    select
        row_number,
        half_day,
        regexp_replace(configured_form(text, half_day <> ''), '^(\d{1,2}:\d{2}\S*),? +(.+)$', '\2 \1') as text
    from wordless
),

dated as (
    select
        row_number,
        half_day,
        case
            when contains(text, '@') then named_date(text)
            when regexp_matches(text, '^\d{8}') then compact_date(text)
            when regexp_matches(text, '^\d{4}') then year_first_date(text)
            else year_last_date(text)
        end as text
    from configured
),

timed as (
    select
        row_number,
        half_day,
        case
            when regexp_matches(text, '[时点]') then figured_time(text)
            when contains(text, ':') then text
            else compact_time(text)
        end as text
    from dated
),

parts as (
    select
        row_number,
        half_day,
        regexp_full_match(text, '''?\d{2,4}-\d{1,2}-\d{1,2}\*? *') as date_alone,
        regexp_matches(text, '^\d{1,2} ?[-/.] ?\d{1,2} ?[-/.] ?\d{2} ') as is_short,
        regexp_extract(
            text,
            '^(''?\d{2,4})-(\d{1,2})-(\d{1,2})(\*?) +(\d{1,2})[:.](\d{1,2})(?:[:.](\d{0,2})(?:[.,:](\d{1,9}))?)? *'
            || '(Z|UTC|GMT|UT|(?:UTC|GMT)?[+-]\d{1,2}(?::?\d{2})?'
            || '|[A-Z]{1,4}T|MS[KD]|WIB|WITA|MES?Z|[A-Z]+(?:/[A-Z0-9_+-]+)+)?$',
            ['y', 'm', 'd', 'q', 'h', 'i', 's', 'f', 'z']
        ) as p
    from timed
),

whole as (
    select
        row_number,
        p,
        date_alone,
        is_short,
        case
            when p.y[1] <> '''' then p.y
            when p.y[2:3] < '70' then '20' || p.y[2:3]
            else '19' || p.y[2:3]
        end as y,
        full_hour(try_cast(p.h as integer), half_day)::varchar as h,
        case
            when p.z in ('Z', 'UTC', 'GMT', 'UT') then p.z
            else regexp_replace(regexp_extract(p.z, '^(?:UTC|GMT)?([+-]\d.*)$', 1), '^([+-])(\d)(:|$)', '\10\2\3')
        end as signed
    from parts
),

walls as (
    select
        *,
        is_offset(signed) and strlen(y) = 4 as is_sound,
        case when is_sound then wall_of(y, p.m, p.d, h, p.i, p.s, p.f) end as wall,
        case when is_sound and p.q = '*' then wall_of(y, p.d, p.m, h, p.i, p.s, p.f) end as swapped
    from whole
)

select
    row_number,
    wall,
    swapped,
    case when is_sound then offset_minutes(signed) end as minutes,
    case when signed = '' then nullif(p.z, '') end as zone,
    case
        when p.q <> '*' or (wall is null and swapped is null) or wall = swapped then null
        when swapped is null then 'day_first'
        when wall is null then 'month_first'
        else 'open'
    end as time_order,
    date_alone,
    case when is_short then 2 else strlen(y) end::integer as year_digits
from walls
