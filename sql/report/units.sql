-- reads   patient_days
-- gives   rows: one row per department and role, one per department (role null) and one for all (both null) with the
--          work of its people in the period: patient-days, and how many of them have a ground, are only usual
--          for the unit, suspicious, or without ground on pages that the law holds sensitive
-- columns department varchar, role varchar, accounts bigint, accesses bigint, patient_days bigint, explained bigint,
--          usual bigint, suspicious bigint, unexplained_sensitive bigint
-- params  $first, $last
with account_loads as (
    select
        coalesce(department, '') as department,
        coalesce(role, '') as role,
        user_id,
        sum(accesses) as accesses,
        count(*) as patient_days,
        count(*) filter (has_ground(state, explanation)) as explained,
        count(*) filter (only_usual(state, explanation)) as usual,
        count(*) filter (state = 'suspicious') as suspicious,
        count(*) filter (not has_ground(state, explanation) and sensitive) as unexplained_sensitive
    from patient_days
    where business_date between $first and $last and account_type = 'human'
    group by all
)

select
    department,
    role,
    count(distinct user_id) as accounts,
    sum(accesses)::bigint as accesses,
    sum(patient_days)::bigint as patient_days,
    sum(explained)::bigint as explained,
    sum(usual)::bigint as usual,
    sum(suspicious)::bigint as suspicious,
    sum(unexplained_sensitive)::bigint as unexplained_sensitive
from account_loads
group by grouping sets ((), (department), (department, role))
order by department nulls first, role nulls first
