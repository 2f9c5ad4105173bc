-- reads   findings, finding_events, suspicions, rekeyed_accounts
-- gives   rows: one row per account with a finding that rests on accesses which are no longer suspicious
-- columns user_id varchar
-- params  $judged
-- note    only the $judged dates have been looked at again
with about as (
    select
        findings.finding_id,
        findings.subject,
        coalesce(rekeyed_accounts.canonical_id, findings.user_id) as user_id
    from findings
    left join rekeyed_accounts on findings.user_id = rekeyed_accounts.user_id
)

select distinct about.user_id
from about
join finding_events using (finding_id)
where
    about.subject = 'account'
    and finding_events.surprisal is not null
    and finding_events.local_time::date in (select unnest($judged))
    and not exists (
        from suspicions
        where
            suspicions.business_date = finding_events.local_time::date
            and suspicions.user_id = about.user_id
            and suspicions.patient_id = finding_events.patient_id
    )
order by about.user_id
