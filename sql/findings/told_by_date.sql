-- reads   findings
-- gives   rows: one row per finding about an account whose reasons tell of a policy, but not when it fired first
select *
from findings
where subject = 'account' and len(policies) > 0 and not contains(reasons, '"first_at"')
order by finding_id
