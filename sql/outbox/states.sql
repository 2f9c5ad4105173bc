/*
Reads findings and finding_events.
Gives the findings of $keys in their present state, with the first $events events and $patients record numbers behind
each, the most telling first.
*/
with named as (
    select finding_id, event_id, patient_id, rank
    from finding_events
    where finding_id in (select unnest($keys))
),

events as (
    select finding_id, list(event_id order by rank)[:$events] as event_ids
    from named
    group by finding_id
),

numbers as (
    select finding_id, patient_id, min(rank) as rank
    from named
    where patient_id is not null
    group by finding_id, patient_id
),

records as (
    select finding_id, list(patient_id order by rank)[:$patients] as patient_ids, list(patient_id) as all_patient_ids
    from numbers
    group by finding_id
)

select
    findings.*,
    coalesce(events.event_ids, []) as event_ids,
    coalesce(records.patient_ids, []) as patient_ids,
    coalesce(records.all_patient_ids, []) as all_patient_ids
from findings
left join events using (finding_id)
left join records using (finding_id)
where findings.finding_id in (select unnest($keys))
