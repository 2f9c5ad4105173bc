-- reads   patient_days, encounters, care_team, roster, staff, patients
-- gives   rows: one row: of the patient-days of people in the period, how many each context table knows something about
-- columns patient_days bigint, staff bigint, patients bigint, encounters bigint, care_team bigint, roster bigint
-- params  $first, $last
with opened as (
    select business_date, user_id, patient_id
    from patient_days
    where business_date between $first and $last and account_type = 'human'
),

known_stays as (
    select distinct opened.business_date, opened.patient_id
    from opened
    join encounters
        on
            opened.patient_id = encounters.patient_id
            and coalesce(encounters.starts_at, timestamp '1900-01-01') < opened.business_date + 31
            and coalesce(encounters.ends_at, timestamp '9999-01-01') > opened.business_date - 30
),

known_teams as (
    select distinct opened.business_date, opened.user_id, opened.patient_id
    from opened
    join care_team
        on
            opened.user_id = care_team.user_id
            and opened.patient_id = care_team.patient_id
            and coalesce(care_team.starts_at, timestamp '1900-01-01') < opened.business_date + 1
            and coalesce(care_team.ends_at, timestamp '9999-01-01') > opened.business_date
),

known_shifts as (
    select distinct opened.business_date, opened.user_id
    from opened
    join roster
        on
            opened.user_id = roster.user_id
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
left join known_shifts using (business_date, user_id)
