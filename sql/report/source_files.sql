-- reads   event_parts, files
-- gives   rows: one row per source: the files with rows of the period, their accounting, and files that came late: all
--          their rows are older than rows that had been loaded from the same source before
-- columns source varchar, files bigint, rows_read bigint, accepted bigint, duplicates bigint, quarantined bigint,
--          late_files bigint, problems bigint
-- params  $last, $first
with arrivals as (
    select
        file_id,
        last_date < coalesce(
            max(last_date) over (
                partition by source order by part_id rows between unbounded preceding and 1 preceding
            ),
            last_date
        ) as late
    from event_parts
    where source not like 'context:%'
),

late_files as (
    select file_id, bool_and(late) as late
    from arrivals
    group by file_id
)

select
    files.source,
    count(*) as files,
    sum(rows_read)::bigint as rows_read,
    sum(accepted)::bigint as accepted,
    sum(duplicates)::bigint as duplicates,
    sum(quarantined)::bigint as quarantined,
    count(*) filter (late_files.late) as late_files,
    count(*) filter (problem is not null) as problems
from files
left join late_files using (file_id)
where files.source not like 'context:%' and (first_date is null or (first_date <= $last and last_date >= $first))
group by files.source
order by files.source
