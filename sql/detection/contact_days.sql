-- reads   account_days
-- gives   rows: one row per account-day of people from $since to $date: contact pages of patients in the unit's care, and
--          outside it
-- columns business_date date, user_id varchar, department varchar, role varchar, contact_in_care bigint,
--          contact_unexplained bigint
-- params  $since, $date
select business_date, user_id, department, role, contact_in_care, contact_unexplained
from account_days
where business_date between $since and $date and account_type = 'human'
order by business_date, user_id
