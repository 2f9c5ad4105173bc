-- reads   episode_events
-- gives   rows: one row per episode: patients opened before its first alert, and records on lists exported by then
-- columns label varchar, patients bigint, records bigint
select
    label,
    count(distinct patient_id) as patients,
    coalesce(sum(record_count) filter (patient_id is null and action = 'export'), 0)::bigint as records
from episode_events
group by label
order by label
