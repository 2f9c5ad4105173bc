-- reads   encounters, drill_unit_patients
-- gives   drill_stays: one row per (department, patient_id, first_on): who lay in which department, from when to when
-- columns department varchar, patient_id varchar, first_on date, last_on date
-- params  $since, $last
-- note    last_on is null where the patient is still there; without encounters who stayed is told by the days between
--          the first and the last contact of the department's people, if there are any
with known as (
    select distinct
        department,
        patient_id,
        starts_at::date as first_on,
        ends_at::date as last_on
    from encounters
    where
        kind = 'inpatient'
        and starts_at::date <= $last
        and coalesce(ends_at::date, $last) >= $since
)

select
    department,
    patient_id,
    first_on,
    last_on
from known
union all
select
    department,
    patient_id,
    first_on,
    last_on
from drill_unit_patients
where
    last_on > first_on
    and not exists (from known)
order by department, patient_id, first_on, last_on
