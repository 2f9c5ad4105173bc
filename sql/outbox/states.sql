-- reads   finding_events, policy_days, findings
-- gives   rows: one row per finding of $keys in its present state, with the first $events events and $patients record
--          numbers behind it, the most telling first; decoys are no patients
-- columns findings.*, event_ids varchar[], patient_ids varchar[], all_patient_ids varchar[]
-- params  $keys, $events, $patients, $decoys
-- note    all_patient_ids are the numbers that its texts may name: those of the events, and what policies name
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
    select finding_id, list(patient_id order by rank)[:$patients] as patient_ids
    from numbers
    where patient_id not in (select unnest($decoys::varchar[]))
    group by finding_id
),

policy_numbers as (
    select user_id, unnest(record_numbers(reason_values)) as patient_id
    from policy_days
    where user_id in (select user_id from findings where finding_id in (select unnest($keys)))
),

hidden as (
    select finding_id, list(distinct patient_id) as all_patient_ids
    from (
        select finding_id, patient_id from numbers
        union all
        select findings.finding_id, policy_numbers.patient_id
        from policy_numbers
        join findings using (user_id)
        where policy_numbers.patient_id is not null
    )
    group by finding_id
)

select
    findings.*,
    coalesce(events.event_ids, []) as event_ids,
    coalesce(records.patient_ids, []) as patient_ids,
    coalesce(hidden.all_patient_ids, []) as all_patient_ids
from findings
left join events using (finding_id)
left join records using (finding_id)
left join hidden using (finding_id)
where findings.finding_id in (select unnest($keys))
