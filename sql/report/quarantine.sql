-- reads   quarantine, files
-- gives   rows: one row per source and reason: rows that were not understood, of files with rows of the period
-- columns source varchar, reason varchar, rows bigint
-- params  $last, $first
-- note    what the reason quotes from the row is left out
select
    quarantine.source,
    -- without the figures that differ from row to row, so that alike reasons count as one
    regexp_replace(
        trim(split_part(quarantine.reason, ':', 1)),
        '^[0-9]+ columns instead of ([0-9]+)$',
        'other columns than the \1 of the header'
    ) as reason,
    count(*) as rows
from quarantine
left join files using (file_id)
where
    quarantine.source not like 'context:%'
    and (files.first_date is null or (files.first_date <= $last and files.last_date >= $first))
group by all
order by quarantine.source, count(*) desc, reason
