-- reads   events, staff, account_spans
-- gives   drill_accounts: one row per account of the log or the staff table: who it is on $first, and when it worked
-- columns user_id varchar, name varchar, department varchar, role varchar, account_type varchar, has_left boolean,
--          leaves_soon boolean, own_patient_id varchar, allowed_categories varchar, first_on date, seen_before date,
--          patients bigint, days bigint, lists bigint
-- params  $first, $since, $last
-- note    $since and $last bound what is read of the log; the staff table wins over what the log says
with logged as (
    select
        user_id,
        mode(user_department order by user_department) as department,
        mode(user_role order by user_role) as role,
        mode(user_name order by user_name) as name,
        min(business_date) as first_on,
        max(business_date) filter (business_date < $first) as seen_before,
        count(distinct patient_id) as patients,
        count(distinct business_date) as days,
        count(*) filter (action = 'export' or category = 'list') as lists
    from events
    where business_date between $since and $last
    group by user_id
),

staff_now as (
    select distinct on (user_id)
        user_id,
        name,
        department,
        role,
        account_type,
        status,
        ends_at,
        patient_id as own_patient_id,
        allowed_categories
    from staff
    where coalesce(starts_at, timestamp '-infinity') < $first::date + interval 1 day
    order by
        user_id,
        coalesce(starts_at, timestamp '-infinity') desc,
        department,
        role
)

select
    user_id,
    coalesce(staff_now.name, logged.name, account_spans.name) as name,
    coalesce(staff_now.department, logged.department, account_spans.department, '?') as department,
    coalesce(staff_now.role, logged.role, account_spans.role, '?') as role,
    coalesce(staff_now.account_type, account_spans.account_type, 'human') as account_type,
    coalesce(staff_now.ends_at < $first::date, staff_now.status = 'left', false) as has_left,
    staff_now.ends_at is not null and staff_now.ends_at >= $first::date as leaves_soon,
    staff_now.own_patient_id,
    staff_now.allowed_categories,
    coalesce(account_spans.first_seen_on, logged.first_on) as first_on,
    greatest(logged.seen_before, least(account_spans.last_seen_on, $first::date - 1)) as seen_before,
    coalesce(logged.patients, 0) as patients,
    coalesce(logged.days, 0) as days,
    coalesce(logged.lists, 0) as lists
from logged
full join staff_now using (user_id)
left join account_spans using (user_id)
order by user_id
