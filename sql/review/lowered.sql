-- reads   decisions, findings, policy_days, suspicions
-- gives   rows: one row per decision that stands and justifies a finding until a date, newest first: its scope, what it
--          has lowered since (days, accesses and patients of suspicions; firings of policies), and the findings about
--          the account that were raised in spite of it
-- columns finding_id varchar, user_id varchar, user_name varchar, patterns varchar[], decided_through date, until date,
--          officer varchar, note varchar, days bigint, accesses bigint, patients bigint, firings bigint, later
--          varchar[]
with standing as (
    select finding_id, arg_max(decisions, sequence) as decision
    from decisions
    group by finding_id
),

justified as (
    select
        standing.finding_id,
        findings.user_id,
        findings.user_name,
        decision.patterns as patterns,
        decision.through as decided_through,
        decision.until as until,
        decision.officer as officer,
        decision.note as note,
        decision.decided_at as decided_at
    from standing
    join findings using (finding_id)
    where decision.disposition = 'justified' and decision.until is not null
)

select
    justified.* exclude (decided_at),
    lowered.days,
    lowered.accesses,
    lowered.patients,
    (
        select count(*)
        from policy_days
        where
            policy_days.user_id = justified.user_id
            and policy_days.approval is not null
            and policy_days.business_date > justified.decided_through
            and policy_days.business_date <= justified.until
    ) as firings,
    (
        select coalesce(list(later.finding_id order by later.detected_on, later.finding_id), [])
        from findings as later
        where later.user_id = justified.user_id and later.detected_on > justified.decided_through
    ) as later
from justified
left join lateral (
    select
        count(distinct business_date) as days,
        coalesce(sum(suspicions.accesses), 0)::bigint as accesses,
        count(distinct patient_id) as patients
    from suspicions
    where
        suspicions.user_id = justified.user_id
        and suspicions.approved
        and suspicions.business_date > justified.decided_through
        and suspicions.business_date <= justified.until
) as lowered on true
order by justified.decided_at desc, justified.finding_id
