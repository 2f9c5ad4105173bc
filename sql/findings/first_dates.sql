-- reads   account_spans
-- gives   rows: one row per account of $users: the first business date on which any log shows it
-- columns user_id varchar, first_seen_on date
-- params  $users
select user_id, first_seen_on
from account_spans
where user_id in (select unnest($users))
order by user_id
