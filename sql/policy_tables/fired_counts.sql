-- reads   fired, night_events
-- gives   rows: one row per subject that a policy fired for: what the events behind it come to
-- columns subject varchar, events bigint, patients bigint, records bigint, accesses bigint, first_at timestamp,
--          last_at timestamp, returned bigint, patient_ids varchar[], event_ids varchar[]
-- params  $limit
-- note    an access is what one account did with one patient within one minute; returned are the records that prints
--          and exports returned, records at least the patients; event_ids are the first $limit of the events: those
--          that succeeded before those that were refused, accesses to patients first
with listed as (
    select distinct subject, unnest(event_ids) as event_id
    from fired
),

fired_events as (
    select listed.subject, night_events.*
    from listed
    join night_events on listed.event_id = night_events.event_id
)

select
    subject,
    count(*) as events,
    count(distinct patient_id) filter (is_access) as patients,
    greatest(
        count(distinct patient_id) filter (is_access),
        coalesce(sum(record_count) filter (action in ('print', 'export')), 0)
    )::bigint as records,
    count(distinct (user_id, patient_id, date_trunc('minute', local_time)))
    filter (is_access and patient_id is not null) as accesses,
    min(local_time) as first_at,
    max(local_time) as last_at,
    coalesce(sum(record_count) filter (action in ('print', 'export')), 0)::bigint as returned,
    coalesce(
        list(distinct patient_id order by patient_id) filter (is_access and patient_id is not null), []
    ) as patient_ids,
    list(event_id order by outcome = 'failure', patient_id is null, local_time, event_id)[:$limit] as event_ids
from fired_events
group by subject
