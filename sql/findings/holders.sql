-- reads   account_spans
-- gives   rows: one row per account of $users with its holder as last known
-- columns user_id varchar, name varchar, department varchar, role varchar, account_type varchar, first_seen_on date
-- params  $users
select user_id, name, department, role, account_type, first_seen_on
from account_spans
where user_id in (select unnest($users))
order by user_id
