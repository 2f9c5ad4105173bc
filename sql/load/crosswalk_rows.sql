-- reads   user_ids, patient_ids, source_names_now
-- gives   rows: one row per row of a crosswalk table and name of a source that it is about, with the identifier
--          in the column that it is of, and its place in the table
-- columns column_name varchar, source varchar, user_id varchar, patient_id varchar, canonical_id varchar, starts_at
--          timestamp, ends_at timestamp, place bigint
-- note    source_names_now has the present and former names (name) of each source of the configuration
with crosswalk as (
    select
        'user_id' as column_name,
        source,
        id as user_id,
        null::varchar as patient_id,
        canonical_id,
        starts_at,
        ends_at,
        rowid as place
    from user_ids
    union all
    select
        'patient_id' as column_name,
        source,
        null as user_id,
        id as patient_id,
        canonical_id,
        starts_at,
        ends_at,
        rowid as place
    from patient_ids
)

select
    crosswalk.column_name,
    source_names_now.name as source,
    crosswalk.user_id,
    crosswalk.patient_id,
    crosswalk.canonical_id,
    crosswalk.starts_at,
    crosswalk.ends_at,
    crosswalk.place
from crosswalk
join source_names_now
    on
        crosswalk.source is null
        or crosswalk.source = source_names_now.source
        or crosswalk.source = source_names_now.name
