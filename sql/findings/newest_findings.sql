-- reads   findings
-- gives   rows: one row per account of $users that has a finding: the newest
-- columns user_id varchar, finding_id varchar
-- params  $users
select user_id, arg_max(finding_id, detected_on) as finding_id
from findings
where user_id in (select unnest($users))
group by user_id
order by user_id
