-- reads   findings, finding_holders
-- gives   rows: one row per holder of an account with an alert that no decision has cleared: no colleague to be compared
--          with
-- columns holder varchar
-- params  $cleared
select distinct finding_holders.holder
from findings
join finding_holders using (finding_id)
where findings.alert and findings.status not in (select unnest($cleared))
order by finding_holders.holder
