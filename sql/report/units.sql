-- reads   patient_days
-- gives   rows: one row per kind of account, department and role: the work of its accounts in the period. Sums over rows
--          are sums over accounts: each counts in one row, where it belonged on its last date of the period
-- columns people boolean, department varchar, role varchar, accounts bigint, accesses bigint, patient_days bigint,
--          explained bigint, usual bigint, suspicious bigint, unexplained_sensitive bigint
-- params  $first, $last
-- note    people are human accounts; of others only accounts and accesses say something, since nothing else is judged.
--          A patient-day has a ground, is only usual for the unit, or is suspicious; sensitive are pages that the law
--          holds so
with homes as (
    select
        user_id,
        last(account_type = 'human' order by business_date, account_type) as people,
        last(coalesce(department, '') order by business_date, department) as department,
        last(coalesce(role, '') order by business_date, role) as role
    from patient_days
    where business_date between $first and $last
    group by user_id
)

select
    homes.people,
    homes.department,
    homes.role,
    count(distinct patient_days.user_id) as accounts,
    sum(patient_days.accesses)::bigint as accesses,
    count(*) as patient_days,
    count(*) filter (has_ground(patient_days.state, patient_days.explanation)) as explained,
    count(*) filter (only_usual(patient_days.state, patient_days.explanation)) as usual,
    count(*) filter (patient_days.state = 'suspicious') as suspicious,
    count(*) filter (
        not has_ground(patient_days.state, patient_days.explanation) and patient_days.sensitive
    ) as unexplained_sensitive
from patient_days
join homes using (user_id)
where patient_days.business_date between $first and $last
group by homes.people, homes.department, homes.role
order by homes.people desc, homes.department, homes.role
