-- reads   judged_dates, staff, holders
-- gives   staff_on: one row per (business_date, user_id) of the staff table, the row that is valid on that date
-- params  $night
-- note    a row's end is not known before it has passed, seen from $night; an account whose rows have all ended keeps
--          its last one with has_left, so that its accesses can still be named. held_since is null for an account's
--          first holder; in_post_since is the start of the rows that follow each other with one department and role
with posts as (
    select
        *,
        lag(user_id) over rows_before as user_before,
        lag(department) over rows_before as department_before,
        lag(role) over rows_before as role_before,
        lag(ends_at) over rows_before as ended_before
    from staff
    window rows_before as (partition by user_id order by starts_at nulls first, ends_at)
),

following as (
    select
        * exclude (user_before, department_before, role_before, ended_before),
        user_before is not null
        and coalesce(department, '') = coalesce(department_before, '')
        and coalesce(role, '') = coalesce(role_before, '')
        and coalesce(ended_before >= starts_at, true) as goes_on
    from posts
),

numbered as (
    select
        * exclude (goes_on),
        sum(if(goes_on, 0, 1)) over (partition by user_id order by starts_at nulls first, ends_at) as post
    from following
),

begun as (
    select
        * exclude (post),
        if(bool_or(starts_at is null) over posts_rows, null, min(starts_at) over posts_rows) as in_post_since
    from numbered
    window posts_rows as (partition by user_id, post)
),

valid as (
    select
        judged_dates.business_date,
        staff.*,
        known_end(staff.ends_at, $night) as known_end,
        held.since as held_since
    from judged_dates
    join begun as staff
        on coalesce(staff.starts_at, timestamp '-infinity') < judged_dates.business_date + interval 1 day
    left join holders as held
        on
            staff.user_id = held.user_id
            and held.number > 1
            and judged_dates.business_date >= held.since
            and judged_dates.business_date < held.until
)

select distinct on (business_date, user_id)
    business_date,
    user_id,
    name,
    department,
    role,
    account_type,
    status,
    patient_id as own_patient_id,
    manager_id,
    allowed_categories,
    greatest(in_post_since, held_since::timestamp) as in_post_since,
    known_end as left_at,
    coalesce(known_end <= business_date, status = 'left' and ends_at is null) as has_left,
    held_since
from valid
order by
    business_date,
    user_id,
    coalesce(known_end <= business_date, false),
    coalesce(starts_at, timestamp '-infinity') desc,
    department,
    role
