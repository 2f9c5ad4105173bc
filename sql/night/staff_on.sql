-- reads   judged_dates, staff, holders
-- gives   staff_on: one row per (business_date, user_id) of the staff table, the row that is valid on that date
-- params  $night
-- note    a row's end is not known before it has passed, seen from $night; an account whose rows have all ended keeps
--          its last one with has_left, so that its accesses can still be named. held_since is null for an account's
--          first holder
with valid as (
    select
        judged_dates.business_date,
        staff.*,
        known_end(staff.ends_at, $night) as known_end,
        held.since as held_since
    from judged_dates
    join staff on coalesce(staff.starts_at, timestamp '-infinity') < judged_dates.business_date + interval 1 day
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
    starts_at,
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
