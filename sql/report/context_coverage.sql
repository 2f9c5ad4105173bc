/*
Reads  `patient_days`, `staff`, `patients`, `encounters`, `care_team`, `roster`.
Gives  one row: of the patient-days of people in the period, how many each context table knows something about.
*/
with opened as (
    select business_date, user_id, patient_id
    from patient_days
    where business_date between $first and $last and account_type = 'human'
),
known_stays as (
    select distinct opened.business_date, opened.patient_id
    from opened
    join encounters
        on encounters.patient_id = opened.patient_id
        and coalesce(encounters.starts_at, timestamp '1900-01-01') < opened.business_date + 31
        and coalesce(encounters.ends_at, timestamp '9999-01-01') > opened.business_date - 30
),
known_teams as (
    select distinct opened.business_date, opened.user_id, opened.patient_id
    from opened
    join care_team
        on care_team.user_id = opened.user_id
        and care_team.patient_id = opened.patient_id
        and coalesce(care_team.starts_at, timestamp '1900-01-01') < opened.business_date + 1
        and coalesce(care_team.ends_at, timestamp '9999-01-01') > opened.business_date
),
known_shifts as (
    select distinct opened.business_date, opened.user_id
    from opened
    join roster
        on roster.user_id = opened.user_id
        and roster.starts_at < opened.business_date + 1
        and roster.ends_at > opened.business_date
)
select
    count(*) as patient_days,
    count(*) filter (user_id in (select user_id from staff)) as staff,
    count(*) filter (patient_id in (select patient_id from patients)) as patients,
    count(known_stays.patient_id) as encounters,
    count(known_teams.patient_id) as care_team,
    count(known_shifts.user_id) as roster
from opened
left join known_stays using (business_date, patient_id)
left join known_teams using (business_date, user_id, patient_id)
left join known_shifts using (business_date, user_id);
