-- reads   findings, finding_events, decoy_patients
-- gives   rows: one row per alert about an account that was raised in the period, but not by the draw alone: how many
--          days after the first of its accesses it came, and of how many patients records had been opened by then
-- columns finding_id varchar, days integer, patients bigint
-- params  $first, $last
-- note    a night judges its date as a whole: what was opened on the date of the alert was opened before it
select
    findings.finding_id,
    (findings.alerted_on - least(min(finding_events.local_time)::date, findings.alerted_on))::integer as days,
    count(distinct finding_events.patient_id) filter (
        finding_events.local_time::date <= findings.alerted_on
        and finding_events.patient_id not in (select patient_id from decoy_patients)
    ) as patients
from findings
join finding_events using (finding_id)
where
    findings.subject = 'account'
    and findings.alerted_on between $first and $last
    and findings.alerted_by is distinct from ['draw']
group by findings.finding_id, findings.alerted_on
order by findings.finding_id
