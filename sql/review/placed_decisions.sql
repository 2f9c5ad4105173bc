-- reads   decisions, findings
-- gives   decisions: finding_id of those that count before $business_date: the finding that the officer's entry names;
--          where there is none, the subject's finding that shares most days with the window decided on; else it stays
-- params  $business_date
-- note    a store that was restored may have raised the finding on another date. A finding that was listed later than
--          the decision counts holds more than was decided on, one that was decided on before has a decision of its own
update decisions
set finding_id = placed.finding_id
from (
    with subjects as (
        select
            finding_id,
            detected_on,
            window_start,
            window_end,
            sha256(subject || '|' || coalesce(user_id, patient_id, source)) as subject_digest
        from findings
    ),

    named as (
        select decided_finding_id as finding_id, min(sequence) as sequence
        from decisions
        group by decided_finding_id
    ),

    counting as (
        select
            decisions.hash,
            decisions.sequence,
            decisions.decided_finding_id,
            decisions.through,
            decisions.state ->> 'subject_digest' as subject_digest,
            (decisions.state ->> 'window_start')::date as window_start,
            (decisions.state ->> 'window_end')::date as window_end,
            findings.finding_id is null as lost
        from decisions
        left join findings on decisions.decided_finding_id = findings.finding_id
        where coalesce(decisions.through, date '-infinity') < $business_date
    ),

    covering as (
        select
            counting.hash,
            arg_max(
                subjects.finding_id,
                (
                    least(subjects.window_end, counting.window_end)
                    - greatest(subjects.window_start, counting.window_start),
                    subjects.detected_on,
                    subjects.finding_id
                )
            ) as finding_id
        from counting
        join subjects on counting.subject_digest = subjects.subject_digest
        left join named on subjects.finding_id = named.finding_id
        where
            counting.lost
            and counting.window_start <= subjects.window_end
            and counting.window_end >= subjects.window_start
            and subjects.detected_on <= counting.through
            and coalesce(named.sequence > counting.sequence, true)
        group by counting.hash
    )

    select counting.hash, coalesce(covering.finding_id, counting.decided_finding_id) as finding_id
    from counting
    left join covering on counting.hash = covering.hash
) as placed
where decisions.hash = placed.hash and decisions.finding_id <> placed.finding_id
