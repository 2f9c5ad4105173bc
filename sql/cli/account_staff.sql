-- reads   staff
-- gives   rows: one row per version of the account $user in the staff table, oldest first
-- columns name varchar, department varchar, role varchar, account_type varchar, status varchar, manager_id varchar,
--          allowed_categories varchar, start_date varchar, end_date varchar
-- params  $user
-- note    the end is exclusive in the store: the last day is shown
select
    name,
    department,
    role,
    account_type,
    status,
    manager_id,
    allowed_categories,
    starts_at::date::varchar as start_date,
    (ends_at - interval 1 second)::date::varchar as end_date
from staff
where user_id = $user
order by starts_at nulls first, ends_at
