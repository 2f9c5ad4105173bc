-- reads   findings, finding_holders
-- gives   rows: one row per holder of an account of $users that has a finding: the newest, under whatever account
-- columns holder varchar, finding_id varchar
-- params  $users
select finding_holders.holder, arg_max(findings.finding_id, findings.detected_on) as finding_id
from findings
join finding_holders using (finding_id)
where finding_holders.user_id in (select unnest($users))
group by finding_holders.holder
order by finding_holders.holder
