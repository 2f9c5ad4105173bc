-- reads   findings, finding_events, suspicions
-- gives   rows: one row per account with a finding that rests on accesses which are no longer suspicious
-- columns user_id varchar
-- params  $judged
-- note    only the $judged dates have been looked at again
select distinct findings.user_id
from findings
join finding_events using (finding_id)
where
    findings.subject = 'account'
    and finding_events.surprisal is not null
    and finding_events.local_time::date in (select unnest($judged))
    and not exists (
        from suspicions
        where
            suspicions.business_date = finding_events.local_time::date
            and suspicions.user_id = findings.user_id
            and suspicions.patient_id = finding_events.patient_id
    )
order by findings.user_id
