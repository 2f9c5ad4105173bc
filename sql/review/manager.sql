-- reads   staff, holders
-- gives   rows: at most one row: the manager of the account $user_id on $business_date, named as whoever held that account
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
),

known as (
    select user_id, arg_max(department, coalesce(starts_at, timestamp '-infinity')) as department
    from staff
    where coalesce(starts_at, timestamp '-infinity') <= $business_date
    group by user_id
)

select
    own.manager_id as user_id,
    holders.name,
    known.department
from own
left join known on own.manager_id = known.user_id
left join holders
    on
        own.manager_id = holders.user_id
        and holders.since <= $business_date
        and holders.until > $business_date
