-- reads   staff
-- gives   rows: at most one row: the manager of the account $user_id on $business_date
-- columns user_id varchar, name varchar, department varchar
-- params  $user_id, $business_date
with own as (
    select manager_id
    from staff
    where
        user_id = $user_id
        and manager_id is not null
        and coalesce(starts_at, timestamp '-infinity') <= $business_date
    order by starts_at desc nulls last
    limit 1
)

select
    own.manager_id as user_id,
    arg_max(staff.name, coalesce(staff.starts_at, timestamp '-infinity')) as name,
    arg_max(staff.department, coalesce(staff.starts_at, timestamp '-infinity')) as department
from own
left join staff on own.manager_id = staff.user_id
group by own.manager_id
