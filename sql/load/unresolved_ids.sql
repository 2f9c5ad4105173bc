-- reads   events, identities, staff, patients
-- gives   rows: one row per source that a crosswalk table names and column: identifiers that it has no canonical one
--          for, and that nobody else knows
-- columns column_name varchar, source varchar, ids bigint, events bigint
-- params  $first, $last
-- note    of the dates from $first to $last; events have canonical identifiers already
with counted as (
    select
        'user_id' as column_name,
        source,
        user_id as id,
        count(*) as events
    from events
    where business_date between $first and $last and not is_nobody(user_id)
    group by source, user_id
    union all
    select
        'patient_id' as column_name,
        source,
        patient_id as id,
        count(*) as events
    from events
    where business_date between $first and $last and patient_id is not null
    group by source, patient_id
)

select
    column_name,
    source,
    count(*) as ids,
    sum(events)::bigint as events
from counted
semi join identities using (column_name, source)
where
    id not in (select canonical_id from identities where identities.column_name = counted.column_name)
    and id not in (select user_id from staff)
    and id not in (select patient_id from patients)
group by column_name, source
order by column_name desc, source
