-- reads   patient_days
-- gives   rows: one row per kind of account, department and role: the work of its accounts in the period. Sums over rows
--          are sums over accounts: each counts in one row, where it belonged on its last date of the period
-- columns people boolean, department varchar, role varchar, accounts bigint, accesses bigint, patient_days bigint,
--          judged bigint, explained bigint, usual bigint, suspicious bigint, judged_suspicious bigint,
--          unexplained_sensitive bigint
-- params  $first, $last, $judged_from
-- note    people are human accounts; of others only accounts and accesses say something, since nothing else is judged.
--          Judged are patient-days from $judged_from on: what was not judged is in no share. One has a ground, is only
--          usual for the unit, is suspicious, or none of these; sensitive are pages that the law holds so
with homes as (
    select
        user_id,
        last(account_type = 'human' order by business_date, account_type) as people,
        last(coalesce(department, '') order by business_date, department) as department,
        last(coalesce(role, '') order by business_date, role) as role
    from patient_days
    where business_date between $first and $last
    group by user_id
),

opened as (
    select *, business_date >= $judged_from as judged
    from patient_days
    where business_date between $first and $last
)

select
    homes.people,
    homes.department,
    homes.role,
    count(distinct opened.user_id) as accounts,
    sum(opened.accesses)::bigint as accesses,
    count(*) as patient_days,
    count(*) filter (opened.judged) as judged,
    count(*) filter (opened.judged and has_ground(opened.state, opened.explanation)) as explained,
    count(*) filter (opened.judged and only_usual(opened.state, opened.explanation)) as usual,
    count(*) filter (opened.state = 'suspicious') as suspicious,
    count(*) filter (opened.judged and opened.state = 'suspicious') as judged_suspicious,
    count(*) filter (
        opened.judged and not has_ground(opened.state, opened.explanation) and opened.sensitive
    ) as unexplained_sensitive
from opened
join homes using (user_id)
group by homes.people, homes.department, homes.role
order by homes.people desc, homes.department, homes.role
