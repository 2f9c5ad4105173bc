-- reads   findings, outbox
-- gives   outbox: one row per finding that is new or differs from what its row says, graver ones first; others stay
-- params  $business_date, $recorded_at
-- note    runs in the transaction of the night, or of a decision
insert into outbox by name
with exported as (
    select
        finding_id,
        subject,
        user_id,
        patient_id,
        source,
        case_id,
        detected_on,
        alerted_on,
        last_seen_on,
        user_name,
        department,
        role,
        account_type,
        window_start,
        window_end,
        risk,
        severity,
        alert,
        patterns,
        reasons,
        policies,
        patients,
        records,
        accesses,
        explained,
        sampled,
        status,
        previous_finding_id
    from findings
),

states as (
    select finding_id, status, alert, risk, sha256(to_json(exported)::varchar) as digest
    from exported
)

select
    states.finding_id as key,
    (select coalesce(max(sequence), 0) from outbox)
    + row_number() over (order by states.alert desc, states.risk desc, states.finding_id) as sequence,
    'finding' as kind,
    coalesce(known.revision, 0) + 1 as revision,
    $business_date as business_date,
    $recorded_at as recorded_at,
    states.status,
    states.alert,
    states.digest,
    null as content
from states
left join outbox as known on states.finding_id = known.key
where known.digest is distinct from states.digest
on conflict (key) do update set
    sequence = excluded.sequence,
    revision = excluded.revision,
    business_date = excluded.business_date,
    recorded_at = excluded.recorded_at,
    status = excluded.status,
    alert = excluded.alert,
    digest = excluded.digest
