-- reads   finding_holders, findings
-- gives   rows: one row per finding about the account $user, under whatever number it was raised
-- columns finding_id varchar
-- params  $user
select finding_holders.finding_id
from finding_holders
join findings using (finding_id)
where finding_holders.user_id = $user or findings.user_id = $user
order by finding_holders.finding_id
