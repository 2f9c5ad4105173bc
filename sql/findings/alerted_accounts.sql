-- reads   findings, rekeyed_accounts
-- gives   rows: one row per account with an alert that no decision has cleared: no colleague to be compared with
-- columns user_id varchar
-- params  $cleared
select distinct coalesce(rekeyed_accounts.canonical_id, findings.user_id) as user_id
from findings
left join rekeyed_accounts on findings.user_id = rekeyed_accounts.user_id
where findings.alert and findings.user_id is not null and findings.status not in (select unnest($cleared))
order by 1
