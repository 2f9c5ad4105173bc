-- gives   plain_time(t), event_clock(t): macros that read a time: its common form, and the parts of a system's other
--          forms as a struct of wall (the reading) and minutes (its offset from UTC, null where the text has none and
--          the log's zone counts); and the steps of spelled_clocks.sql, which reads every other form
-- note    forms: YYYY-MM-DD HH:MM[:SS[.f…]] with -, / or ., one or two digits, T or spaces, an offset or Z; YYYY年M月D日
--          HH:MM:SS; YYYYMMDDHHMMSS[fff]; epoch seconds (10 digits), milliseconds (13), microseconds (16). Fractions
--          are cut to microseconds. Offsets go up to 18:59. A text with an impossible date gives a null wall
create or replace temp macro plain_time(t) as
case
    when strlen(t) = 19 and t[17] = ':' and t[5] = '-' and t[19] between '0' and '9'
        then try_cast(t as timestamp)
end;

create or replace temp macro wall_of(y, m, d, h, i, s, f) as try_cast(
    y || '-' || m || '-' || d || ' ' || h || ':' || i || ':' || coalesce(nullif(s, ''), '00')
    || '.' || coalesce(nullif(left(f, 6), ''), '0') as timestamp
);

create or replace temp macro is_offset(z) as z not similar to '[+-](1[9]|[2-9][0-9]).*|.*[6-9][0-9]';

create or replace temp macro offset_minutes(z) as
case
    when z = '' then null
    when upper(z) in ('Z', 'UTC', 'GMT', 'UT') then 0
    else
        (case when z[1] = '-' then -1 else 1 end)
        * (60 * z[2:3]::integer + coalesce(try_cast(right(replace(z, ':', ''), -3) as integer), 0))
end;

create or replace temp macro dated_time(p) as {
    'wall': case when is_offset(p.z) then wall_of(p.y, p.m, p.d, p.h, p.i, p.s, p.f) end,
    'minutes': offset_minutes(p.z)
};

create or replace temp macro event_clock(t) as case
    when regexp_full_match(t, '\d{14}|\d{17}')
        then
            {
                'wall': try_cast(
                    t[1:4] || '-' || t[5:6] || '-' || t[7:8] || ' ' || t[9:10] || ':' || t[11:12] || ':' || t[13:14]
                    || case when strlen(t) = 17 then '.' || t[15:17] else '' end as timestamp
                ),
                'minutes': null::integer
            }
    when regexp_full_match(t, '\d{10}(\.\d{1,9})?|\d{13}(\.\d+)?|\d{16}')
        then
            {
                'wall': make_timestamp(case strlen(split_part(t, '.', 1))
                    when 10
                        then
                            split_part(t, '.', 1)::bigint * 1000000
                            + coalesce(try_cast(rpad(left(nullif(split_part(t, '.', 2), ''), 6), 6, '0') as bigint), 0)
                    when 13 then t[1:13]::bigint * 1000
                    else t::bigint
                end),
                'minutes': 0
            }
    else dated_time(regexp_extract(
        t,
        '^(\d{4})(?:[-/.]|年)(\d{1,2})(?:[-/.]|月)(\d{1,2})(?:[Tt]|日? *| +)(\d{1,2}):(\d{2})'
        || '(?::(\d{2})(?:[.,](\d{1,9}))?)? *([Zz]|UTC|GMT|[+-]\d{2}(?::?\d{2})?)?$',
        ['y', 'm', 'd', 'h', 'i', 's', 'f', 'z']
    ))
end;

-- characters as a keyboard has them: half-width, simplified, without what cannot be seen
create or replace temp macro visible_text(t) as
case
    when not regexp_matches(t, '[^\x00-\x7F年月日时分秒上下午星期一二三四五六]') then t
    else regexp_replace(
        translate(
            t,
            '０１２３４５６７８９：／－．，＋（）年月日號時點'
            || chr(160) || chr(12288) || chr(8239) || chr(8201) || chr(8211) || chr(8722),
            '0123456789:/-.,+()年月日号时点    --'
        ),
        '[\x{00AD}\x{200B}-\x{200F}\x{202A}-\x{202E}\x{2060}-\x{2064}\x{FEFF}]', '', 'g'
    )
end;

-- without the names of days, and a zone's name behind its offset
create or replace temp macro without_weekday(t) as
regexp_replace(regexp_replace(
    t,
    '[(,]? ?(?:(?:星期|[周週]|礼拜)[一二三四五六日天]'
    || '|\b(?:MON|TUES?|WED(?:NES)?|THU(?:RS?)?|FRI|SAT(?:UR)?|SUN)(?:DAY)?\b)[.,)]*', ' ', 'g'
),
'([+-]\d{2}:?\d{2}|Z) ?(?:[\[(].*[\])]|[A-Z]{3,5})$', '\1');

-- the month of an English name, of which the first three letters count
create or replace temp macro month_number(n) as (strpos('JANFEBMARAPRMAYJUNJULAUGSEPOCTNOVDEC', left(n, 3)) + 2) // 3;

-- the hour of a clock of twelve hours by its word; null where hour and word contradict each other, and where the word
-- leaves the date open (twelve in the evening)
create or replace temp macro full_hour(h, word) as
case
    when word = '' then h
    when h > 23 then null
    when word in ('上午', '凌晨', '早上', '早晨', '清晨') or word[1] = 'A' then case when h <= 12 then h % 12 end
    when word = '下午' or word[1] = 'P' then case when h <= 12 then h % 12 + 12 else h end
    when word = '中午' then case when h between 10 and 14 then h when h between 1 and 3 then h + 12 end
    when h between 4 and 11 then h + 12
    when h > 12 then h
end;

-- what time_format makes of a text; this one where the source has none
create or replace temp macro configured_form(n, has_half_day) as n;

-- YYYMMDD.HHMMSS, years from 1700, without the last zeros
create or replace temp macro fileman_form(n) as
case
    when regexp_full_match(n, '[1-5]\d{6}\.\d{1,6}')
        then
            (1700 + n[1:3]::integer) || '-' || n[4:5] || '-' || n[6:7] || ' '
            || regexp_replace(rpad(split_part(n, '.', 2), 6, '0'), '(\d\d)(\d\d)(\d\d)', '\1:\2:\3')
    else n
end;

-- dates with a month's name: 1-@6@-2026, 1-@6@-26 (Oracle), @6@ 1, 2026, @6@ 1 15:05:12 2026, 2026-@6@-1
create or replace temp macro named_date(n) as
regexp_replace(regexp_replace(regexp_replace(regexp_replace(regexp_replace(
    n,
    '^(\d{1,2})[-/ .]*@(\d{1,2})@[-/ .,]*(\d{4})(?:[ T,:]+|$)', '\3-\2-\1 '
),
'^(\d{1,2})-@(\d{1,2})@-(\d{2})(?: +|$)', '''\3-\2-\1 '),
'^@(\d{1,2})@[-/ .]*(\d{1,2})(?:ST|ND|RD|TH)?,? +(\d{4})(?:,? AT\b)?(?:[ ,]+|$)', '\3-\1-\2 '),
'^@(\d{1,2})@ +(\d{1,2}) +(\d{1,2}:\d{2}:\d{2}(?:\.\d+)?) *(.*?) *(\d{4})$', '\5-\1-\2 \3 \4'),
'^(\d{4})[-/ ]@(\d{1,2})@[-/ ](\d{1,2})(?:[ T,]+|$)', '\1-\2-\3 ');

-- dates in figures, the year first: 2026/6/1, 2026年6月1日, 2026-06-01-15.05.12
create or replace temp macro year_first_date(n) as regexp_replace(
    case when n[11] = '-' then n[:10] || ' ' || n[12:] else n end,
    '^(\d{4}) ?[-/.年] ?(\d{1,2}) ?[-/.月] ?(\d{1,2})(?: ?[日号] ?|[ T,:_]+|$)', '\1-\2-\3 '
);

-- day and month first, their order open: 13/06/2026
create or replace temp macro year_last_date(n) as regexp_replace(
    n, '^(\d{1,2}) ?[-/.] ?(\d{1,2}) ?[-/.] ?(\d{4})(?:[ T,:]+|$)', '\3-\2-\1* '
);

-- figures alone: 20260601 150512, 20260601-150512, 202606011505, 20260601150512123
create or replace temp macro compact_date(n) as
regexp_replace(regexp_replace(regexp_replace(regexp_replace(
    n,
    '^(\d{8})(\d{6})(\d{3})$', '\1\2.\3'
),
'^(\d{4})(\d{2})(\d{2})[T _-]?(\d{2})(\d{2})(\d{2})([^\d:]|$)', '\1-\2-\3 \4:\5:\6\7'),
'^(\d{4})(\d{2})(\d{2})[T ]?(\d{2})(\d{2})([^\d:]|$)', '\1-\2-\3 \4:\5\6'),
'^(\d{4})(\d{2})(\d{2})(?:[T _-]+|$)', '\1-\2-\3 ');

-- a compact time behind a date: 2026-6-1 150512
create or replace temp macro compact_time(n) as regexp_replace(
    n, '^(\S+) +(\d{2})(\d{2})(\d{2})?([^\d:.]|$)', '\1 \2:\3:\4\5'
);

-- times in figures and words: 15时05分12秒, 15点
create or replace temp macro figured_time(n) as
regexp_replace(regexp_replace(
    n,
    '(\d{1,2}) ?[时点] ?整?$', '\1:00'
),
'(\d{1,2}) ?[时点] ?(\d{1,2})(?: ?分)?(?: ?(\d{1,2}))?(?: ?秒)?', '\1:\2:\3');
