-- reads   approvals_on
-- gives   rows: one row per account with an approval in force that covers the pattern $pattern
-- columns user_id varchar, reason varchar
-- params  $pattern
select user_id, coalesce(string_agg(distinct reason, '; ' order by reason), '') as reason
from approvals_on
where coalesce(patterns, '') = '' or list_contains(string_split(patterns, '|'), $pattern)
group by user_id
