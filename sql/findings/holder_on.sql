-- reads   staff, account_spans
-- gives   rows: at most one row: who held the account $user on $date, by the staff table as $night knows it; where that
--          does not say, by the log as last known
-- columns name varchar, department varchar, role varchar, account_type varchar
-- params  $user, $date, $night
-- note    the row valid on the date, else the one before it, chosen as staff_on chooses
with valid as (
    select *
    from staff
    where user_id = $user and coalesce(starts_at, timestamp '-infinity') < $date::date + interval 1 day
    order by
        coalesce(known_end(ends_at, $night::date) <= $date, false),
        coalesce(starts_at, timestamp '-infinity') desc,
        department,
        role
    limit 1
)

select
    coalesce(valid.name, account_spans.name) as name,
    coalesce(valid.department, account_spans.department) as department,
    coalesce(valid.role, account_spans.role) as role,
    coalesce(valid.account_type, account_spans.account_type) as account_type
from (select $user as user_id) as asked
left join valid on asked.user_id = valid.user_id
left join account_spans on asked.user_id = account_spans.user_id
