-- reads   encounters, patient_days, complaints
-- gives   rows: one row per complaint and account that opened matched controls: how many of the controls the account
--          had opened by known_on, and how many there are; user_id is null where nobody did
-- columns patient_id varchar, user_id varchar, opened integer, controls integer
-- params  $controls
-- note    complaints (patient_id, known_on) are the caller's. A control is a patient who did not complain and had the
--          same kind of visit in the same department nearest in time: of each complaint the $controls nearest. The
--          visit is the latest stay before known_on, where there was none the latest visit; without encounters, days on
--          which the log names the patient's department stand in
with visits as (
    select
        patient_id,
        department,
        coalesce(kind, 'outpatient') as kind,
        starts_at::date as starts_on
    from encounters
    where department is not null
    union all
    select
        patient_id,
        patient_department as department,
        'log' as kind,
        min(business_date) as starts_on
    from patient_days
    where nullif(patient_department, '') is not null and not exists (from encounters)
    group by patient_id, patient_department
),

own_visits as (
    select
        complaints.patient_id,
        complaints.known_on,
        visits.department,
        visits.kind,
        visits.starts_on
    from complaints
    join visits on complaints.patient_id = visits.patient_id and visits.starts_on <= complaints.known_on
    qualify
        row_number() over (
            partition by complaints.patient_id
            order by visits.kind = 'inpatient' desc, visits.starts_on desc, visits.department
        ) = 1
),

candidates as (
    select
        own_visits.patient_id,
        own_visits.known_on,
        visits.patient_id as control_id,
        min(abs(visits.starts_on - own_visits.starts_on)) as distance_days
    from own_visits
    join visits
        on
            own_visits.department = visits.department
            and own_visits.kind = visits.kind
            and visits.starts_on <= own_visits.known_on
    anti join complaints on visits.patient_id = complaints.patient_id
    group by all
),

controls as (
    select patient_id, known_on, control_id
    from candidates
    qualify
        row_number() over (partition by patient_id order by distance_days, hash(control_id), control_id) <= $controls
),

sizes as (
    select patient_id, count(*) as controls
    from controls
    group by patient_id
),

first_opened as (
    select user_id, patient_id, min(business_date) as first_on
    from patient_days
    semi join controls on patient_days.patient_id = controls.control_id
    group by user_id, patient_id
),

openings as (
    select controls.patient_id, first_opened.user_id, count(*) as opened
    from controls
    join first_opened on controls.control_id = first_opened.patient_id and first_opened.first_on <= controls.known_on
    group by controls.patient_id, first_opened.user_id
)

select
    sizes.patient_id,
    openings.user_id,
    coalesce(openings.opened, 0)::integer as opened,
    sizes.controls::integer as controls
from sizes
left join openings using (patient_id)
order by sizes.patient_id, openings.user_id
