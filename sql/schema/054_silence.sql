/*
When rows came that were late, and on which dates a log was silent beyond its habit: a gap is told by its own dates, so
that it grows while it lasts and is rated anew when its rows come. Gaps of findings that were raised before this step
begin with what their policies left.
*/
create table source_delays (
    source varchar not null,
    business_date date not null,        -- whose rows came after it had been judged
    days integer not null,              -- by how many judged dates they were late
    primary key (source, business_date)
);

create table source_gaps (
    source varchar not null,
    pattern varchar not null,
    business_date date not null,
    since timestamp,                    -- end of the last clock hour with rows, where the date ended in silence
    hours integer[] not null,           -- clock hours that are missing; empty: the whole date
    filled_on date                      -- business date of the night in which its rows were there
);
insert into source_gaps
select distinct
    source,
    pattern,
    business_date,
    null::timestamp as since,
    list_value()::integer[] as hours,
    null::date as filled_on
from policy_days
where subject = 'source' and source is not null
order by all;
