-- reads   events, patients, staff, vip_patients, decoy_patients
-- gives   drill_patients: one row per patient of the log or of a table, and which market or curiosity it interests
-- columns patient_id varchar, first_on date, last_on date, newborn boolean, maternity boolean, sensitive boolean, vip
--          boolean, decoy boolean, employed_in varchar, household_id varchar
-- params  $since, $last
-- note    $since and $last bound what is read of the log; where the table of patients knows no such flag at all, the
--          pages opened tell instead
with logged as (
    select
        patient_id,
        min(business_date) as first_on,
        max(business_date) as last_on,
        bool_or(coalesce(category = 'obstetric', false)) as obstetric_page,
        bool_or(coalesce(category = 'newborn', false)) as newborn_page,
        bool_or(coalesce(category in ('psychiatric', 'reproductive', 'infectious'), false)) as sensitive_page
    from events
    where business_date between $since and $last and patient_id is not null
    group by patient_id
),

known as (
    select distinct on (patient_id)
        patient_id,
        birth_date,
        sex,
        household_id,
        string_split(coalesce(flags, ''), '|') as flags
    from patients
    order by patient_id, flags
),

flagged as (
    select
        coalesce(bool_or(list_contains(flags, 'maternity')), false) as maternity,
        coalesce(bool_or(list_contains(flags, 'newborn')), false) as newborn,
        coalesce(bool_or(list_has_any(flags, ['psychiatric', 'reproductive', 'infectious'])), false) as sensitive
    from known
),

employees as (
    select
        patient_id,
        min(department) as department
    from staff
    where patient_id is not null
    group by patient_id
)

select
    patient_id,
    logged.first_on,
    logged.last_on,
    coalesce(
        case when flagged.newborn then list_contains(known.flags, 'newborn') else logged.newborn_page end,
        known.birth_date between $since and $last,
        false
    ) as newborn,
    coalesce(
        case
            when flagged.maternity then list_contains(known.flags, 'maternity')
            else logged.obstetric_page and coalesce(upper(known.sex), 'F') <> 'M' and not newborn
        end,
        false
    ) as maternity,
    coalesce(
        case
            when flagged.sensitive then list_has_any(known.flags, ['psychiatric', 'reproductive', 'infectious'])
            else logged.sensitive_page
        end,
        false
    ) as sensitive,
    vip_patients.patient_id is not null or coalesce(list_contains(known.flags, 'vip'), false) as vip,
    decoy_patients.patient_id is not null as decoy,
    employees.department as employed_in,
    known.household_id
from logged
full join known using (patient_id)
full join (select distinct patient_id from decoy_patients) as decoy_patients using (patient_id)
left join (select distinct patient_id from vip_patients) as vip_patients using (patient_id)
left join employees using (patient_id)
cross join flagged
where patient_id is not null
order by patient_id
