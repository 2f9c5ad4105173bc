-- reads   user_ids, patient_ids
-- gives   rows: one row per identifier and span that the crosswalk says of every log, and so of the context tables too:
--          where spans would overlap, what starts later counts
-- columns column_name varchar, id varchar, canonical_id varchar, starts_at timestamp, ends_at timestamp
with spans as (
    select 'user_id' as column_name, *
    from user_ids
    where source is null
    union all
    select 'patient_id' as column_name, *
    from patient_ids
    where source is null
)

select
    column_name,
    id,
    canonical_id,
    coalesce(starts_at, timestamp '-infinity') as starts_at,
    least(
        coalesce(ends_at, timestamp 'infinity'),
        lead(starts_at) over (partition by column_name, id order by starts_at nulls first, ends_at, canonical_id)
    ) as ends_at
from spans
order by all
