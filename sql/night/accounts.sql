-- reads   staff, staff_on, account_dates, known_spans, site_rules
-- gives   accounts: one row per account known on $night, from the staff table or the log
-- params  $night
-- note    last_seen_on is the last business date with an event before the night. Whoever is on the staff table from a
--          later date on is on it: the office wrote the hiring down late, and nobody has to ask who that is
select
    coalesce(staff_on.user_id, account_dates.user_id, known_spans.user_id) as user_id,
    coalesce(staff_on.name, account_dates.name, known_spans.name) as name,
    coalesce(staff_on.department, account_dates.department, known_spans.department) as department,
    coalesce(staff_on.role, account_dates.role, known_spans.role) as role,
    coalesce(staff_on.account_type, account_dates.account_type, known_spans.account_type, 'human') as account_type,
    coalesce(staff_on.status, 'active') as status,
    coalesce(staff_on.has_left, false) as has_left,
    staff_on.left_at,
    staff_on.own_patient_id,
    staff_on.manager_id,
    staff_on.allowed_categories,
    staff_on.user_id is not null or listed.user_id is not null as in_staff,
    coalesce(known_spans.first_seen_on, case when account_dates.user_id is not null then $night end) as first_seen_on,
    known_spans.last_seen_on,
    staff_on.user_id is null
    and coalesce(known_spans.first_seen_on, $night) > $night - to_days(site_rules.staff_lag_days) as awaits_staff
from (from staff_on where business_date = $night) as staff_on
full join (from account_dates where business_date = $night) as account_dates on staff_on.user_id = account_dates.user_id
full join known_spans on coalesce(staff_on.user_id, account_dates.user_id) = known_spans.user_id
left join (select distinct user_id from staff) as listed
    on coalesce(staff_on.user_id, account_dates.user_id, known_spans.user_id) = listed.user_id
cross join site_rules
