-- reads   contested, earlier_events
-- gives   earlier_rows: one row per event that holds a contested identity or one made unique, with the hashes of the row
--          of the log that it is of; null in the second and further events of a row that names several patients
-- columns event_id varchar, file_id integer, row_number bigint, variant integer, content_hash ubigint, request_hash
--          ubigint
-- note    needs the macros of content_hash.sql; chr(31) stands between the patients of a row, as in canonical_rows
with further as (
    select
        file_id,
        row_number,
        event_id,
        regexp_replace(event_id, '#\d+$', '') as first_id,
        regexp_extract(event_id, '#(\d+)$', 1)::bigint as place,
        patient_id,
        visit_id,
        record_count
    from earlier_events
    where contains(event_id, '#') and regexp_matches(event_id, '#\d{1,9}$')
),

several as (
    select
        first_events.event_id,
        first_events.patient_id || chr(31) || string_agg(further.patient_id, chr(31) order by further.place)
            as patients,
        case
            when bool_and(further.visit_id is not distinct from first_events.visit_id) then first_events.visit_id
            else first_events.visit_id || chr(31) || string_agg(further.visit_id, chr(31) order by further.place)
        end as visits,
        first_events.record_count + sum(further.record_count)::bigint as records
    from further
    join earlier_events as first_events
        on
            further.first_id = first_events.event_id
            and further.file_id = first_events.file_id
            and further.row_number = first_events.row_number
    group by first_events.event_id, first_events.patient_id, first_events.visit_id, first_events.record_count
),

merged as (
    select
        earlier_events.*
        replace (
            coalesce(several.patients, earlier_events.patient_id) as patient_id,
            case when several.patients is null then earlier_events.visit_id else several.visits end as visit_id,
            coalesce(several.records, earlier_events.record_count) as record_count
        )
    from earlier_events
    left join several on earlier_events.event_id = several.event_id
)

select
    merged.event_id,
    merged.file_id,
    merged.row_number,
    merged.variant,
    case when belonging.event_id is null then content_hash(merged) end as content_hash,
    case when belonging.event_id is null then request_hash(merged) end as request_hash
from merged
left join (
    select further.event_id
    from further
    join several on further.first_id = several.event_id
) as belonging on merged.event_id = belonging.event_id
where
    merged.event_id in (select base_id from contested)
    or merged.variant > 1
    or contains(merged.event_id, '~')
