-- reads   source_gaps, dates
-- gives   rows: one row per source that was silent beyond its habit at the end of the last date judged
-- columns source varchar, since timestamp, through date
-- note    since is the end of the last clock hour with rows
with last_date as (
    select max(business_date) as through
    from dates
)

select source_gaps.source, min(source_gaps.since) as since, last_date.through
from source_gaps
join last_date on source_gaps.business_date = last_date.through
where source_gaps.since is not null and source_gaps.filled_on is null
group by source_gaps.source, last_date.through
order by source_gaps.source
