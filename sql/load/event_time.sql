-- gives   plain_time(t), event_clock(t): macros that read a time: its common form, and the parts of any other form as a
--          struct of wall (the reading) and minutes (its offset from UTC, null where the text has none and the site's
--          zone counts)
-- note    forms: YYYY-MM-DD HH:MM[:SS[.f…]] with -, / or ., one or two digits, T or spaces, an offset or Z; YYYY年M月D日
--          HH:MM:SS; YYYYMMDDHHMMSS[fff]; epoch seconds (10 digits), milliseconds (13), microseconds (16). Fractions
--          are cut to microseconds. Offsets go up to 18:59. A text with an impossible date gives a null wall
create or replace temp macro plain_time(t) as
case
    when strlen(t) = 19 and t[17] = ':' and t[5] = '-' and t[19] between '0' and '9'
        then try_cast(t as timestamp)
end;

create or replace temp macro dated_time(p) as {
    'wall': case when p.z not similar to '[+-](1[9]|[2-9][0-9]).*|.*[6-9][0-9]' then try_cast(
        p.y || '-' || p.m || '-' || p.d || ' ' || p.h || ':' || p.i || ':' || coalesce(nullif(p.s, ''), '00')
        || '.' || coalesce(nullif(left(p.f, 6), ''), '0') as timestamp
    ) end,
    'minutes': case
        when p.z = '' then null
        when upper(p.z) in ('Z', 'UTC', 'GMT') then 0
        else
            (case when p.z[1] = '-' then -1 else 1 end)
            * (60 * p.z[2:3]::integer + coalesce(try_cast(right(replace(p.z, ':', ''), -3) as integer), 0))
    end
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
