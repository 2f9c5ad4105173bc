-- reads   findings, decisions, outbox
-- gives   rows: one row of the outbox per finding that is new, differs from what its row says or was decided on since,
--          graver ones first
-- columns key varchar, sequence bigint, kind varchar, revision integer, business_date date, recorded_at timestamp,
--          status varchar, alert boolean, digest varchar, content varchar, decisions integer
-- params  $business_date, $recorded_at, $decided_before, $decided_only
-- note    $decided_only leaves out what was not decided on since; the change is then recorded when it was decided. A
--          revision counts changes of the evidence and decisions apart, so that a decision that is sent before the night
--          takes it in has the revision that the night gives it
with decided as (
    select finding_id, count(*)::integer as decisions, max(decided_at) as decided_at
    from decisions
    where $decided_before is null or coalesce(through, date '-infinity') < $decided_before
    group by finding_id
),

newly_decided as (
    select decided.finding_id
    from decided
    join outbox on decided.finding_id = outbox.key
    where decided.decisions > outbox.decisions
),

exported as (
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
    where not $decided_only or finding_id in (select finding_id from newly_decided)
),

states as (
    select finding_id, status, alert, risk, sha256(to_json(exported)::varchar) as digest
    from exported
),

as_queued as (
    select exported.* replace (outbox.status as status)
    from exported
    join outbox on exported.finding_id = outbox.key
),

same_evidence as (
    select as_queued.finding_id
    from as_queued
    join outbox on as_queued.finding_id = outbox.key
    where sha256(to_json(as_queued)::varchar) = outbox.digest
)

select
    states.finding_id as key,
    (select coalesce(max(sequence), 0) from outbox)
    + row_number() over (order by states.alert desc, states.risk desc, states.finding_id) as sequence,
    'finding' as kind,
    (
        coalesce(known.revision, 0)
        + greatest(
            1,
            (same_evidence.finding_id is null)::integer
            + greatest(0, coalesce(decided.decisions, 0) - coalesce(known.decisions, 0))
        )
    )::integer as revision,
    $business_date::date as business_date,
    coalesce($recorded_at::timestamp, decided.decided_at) as recorded_at,
    states.status,
    states.alert,
    states.digest,
    null::varchar as content,
    coalesce(decided.decisions, 0) as decisions
from states
left join outbox as known on states.finding_id = known.key
left join decided on states.finding_id = decided.finding_id
left join same_evidence on states.finding_id = same_evidence.finding_id
where
    known.digest is distinct from states.digest
    or coalesce(decided.decisions, 0) > known.decisions
