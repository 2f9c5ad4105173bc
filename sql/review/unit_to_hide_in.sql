-- reads   patient_days, encounters
-- gives   rows: one row: how many people worked from one date to another in the unit $department, how many of them in the
--          role $role, whether patients have visits there, and how many units are of the same kind
-- columns accounts bigint, alike bigint, clinical boolean, units bigint
-- params  $department, $role, $first, $last
with homes as (
    select
        user_id,
        last(department order by business_date, department) as department,
        last(role order by business_date, role) as role
    from patient_days
    where business_date between $first and $last and account_type = 'human'
    group by user_id
),

units as (
    select
        department,
        department in (select encounters.department from encounters) as clinical
    from homes
    where department is not null
    group by department
)

select
    (select count(*) from homes where department = $department) as accounts,
    (select count(*) from homes where department = $department and role is not distinct from $role) as alike,
    coalesce((select clinical from units where department = $department), false) as clinical,
    (
        select count(*)
        from units
        where clinical = coalesce((select same.clinical from units as same where same.department = $department), false)
    ) as units
