-- reads   source_gaps, source_hours, policy_days
-- gives   rows: one row per gap on $dates that its policy does not see any more, since rows are there
-- columns source varchar, pattern varchar, business_date date
-- params  $dates
select source, pattern, business_date
from source_gaps
where
    business_date in (select unnest($dates::date[]))
    and filled_on is null
    and not exists (
        select 1
        from policy_days
        where
            policy_days.subject = 'source'
            and policy_days.source = source_gaps.source
            and policy_days.pattern = source_gaps.pattern
            and policy_days.business_date = source_gaps.business_date
    )
    and exists (
        select 1
        from source_hours
        where source_hours.source = source_gaps.source and source_hours.business_date = source_gaps.business_date
    )
order by all
