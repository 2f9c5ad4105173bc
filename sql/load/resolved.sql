/*
Reads  `typed_rows`, `contested`, `repeats`, the events of earlier parts (`{parts}`).
Gives  `resolved`: one row per row of the chunk whose identity is contested, with the `event_id` it gets; null means
       that the row is a duplicate of an event that exists already or of an earlier row of the chunk.
*/
create or replace temp table resolved as
with incoming as (
    select
        row_number, base_id, is_derived,
        hash(
            event_time, user_id, user_name, user_department, user_role, patient_id, patient_department, visit_id,
            action, category, record_count, query_by, client_ip, workstation, application, session_id, outcome, reason
        ) as content_hash
    from typed_rows
    semi join contested using (base_id)
    where problem is null
),
earlier as (
    select
        event_id, file_id, variant,
        hash(
            event_time, user_id, user_name, user_department, user_role, patient_id, patient_department, visit_id,
            action, category, record_count, query_by, client_ip, workstation, application, session_id, outcome, reason
        ) as content_hash
    from {parts}
),
known as (
    select contested.base_id, earlier.*
    from earlier
    join contested on contested.base_id = earlier.event_id
    where earlier.variant = 1
    union all
    select contested.base_id, earlier.*
    from earlier
    join contested on contested.base_id = regexp_replace(earlier.event_id, '[~.]\d+$', '')
    where earlier.variant > 1
),
named_new as (
    select base_id, content_hash, min(row_number) as row_number
    from incoming
    where not is_derived
    group by base_id, content_hash
),
numbered_new as (
    select
        named_new.row_number, named_new.base_id,
        coalesce(heights.height, 0)
            + row_number() over (partition by named_new.base_id order by named_new.row_number) as variant
    from named_new
    anti join known on known.base_id = named_new.base_id and known.content_hash = named_new.content_hash
    left join (select base_id, max(variant) as height from known group by base_id) as heights
        on heights.base_id = named_new.base_id
),
seen_before as (
    select base_id, count(*) as times
    from (
        select base_id from known where file_id = $file_id
        union all
        select repeats.event_id from repeats join contested on contested.base_id = repeats.event_id
        where repeats.file_id = $file_id
    )
    group by base_id
),
numbered_derived as (
    select
        incoming.row_number, incoming.base_id,
        coalesce(seen_before.times, 0)
            + row_number() over (partition by incoming.base_id order by incoming.row_number) as occurrence
    from incoming
    left join seen_before on seen_before.base_id = incoming.base_id
    where incoming.is_derived
),
derived as (
    select
        row_number,
        base_id || case when occurrence > 1 then '.' || occurrence else '' end as event_id
    from numbered_derived
)
select
    incoming.row_number,
    incoming.base_id,
    incoming.is_derived,
    case
        when incoming.is_derived then
            case when derived.event_id not in (select event_id from known) then derived.event_id end
        when numbered_new.row_number is not null then
            incoming.base_id || case when numbered_new.variant > 1 then '~' || numbered_new.variant else '' end
    end as event_id
from incoming
left join numbered_new on numbered_new.row_number = incoming.row_number
left join derived on derived.row_number = incoming.row_number;
