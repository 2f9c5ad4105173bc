-- reads   findings, finding_holders
-- gives   rows: one row per holder of an account with a finding whose window ends on or after a date: the newest one
-- columns holder varchar, finding_id varchar
-- params  $keys, $since
select
    finding_holders.holder,
    max_by(findings.finding_id, (findings.detected_on, findings.finding_id)) as finding_id
from findings
join finding_holders using (finding_id)
where finding_holders.holder in (select unnest($keys)) and findings.window_end >= $since
group by finding_holders.holder
order by finding_holders.holder
