-- reads   patient_days, encounters, care_team, site_rules, roster, staff, patients
-- gives   rows: one row: of the patient-days of people in the period, how many each context table covers
-- columns patient_days bigint, staff bigint, patients bigint, encounters bigint, care_team bigint, roster bigint
-- params  $first, $last
-- note    a row covers a patient-day by the same rule by which the night takes a relation or a shift from it
with opened as (
    select
        business_date,
        user_id,
        patient_id,
        first_at,
        last_at
    from patient_days
    where business_date between $first and $last and account_type = 'human'
),

in_stays as (
    select distinct
        opened.business_date,
        opened.patient_id
    from opened
    join encounters
        on
            opened.patient_id = encounters.patient_id
            and encounter_covers(
                encounters.kind = 'inpatient', encounters.starts_at, encounters.ends_at, opened.business_date
            )
),

in_teams as (
    select distinct
        opened.business_date,
        opened.user_id,
        opened.patient_id
    from opened
    cross join site_rules
    join care_team
        on
            opened.user_id = care_team.user_id
            and opened.patient_id = care_team.patient_id
            and covers(
                care_team.starts_at,
                care_team.ends_at,
                opened.first_at,
                opened.last_at,
                to_days(site_rules.care_team_days_before),
                to_days(site_rules.care_team_days_after)
            )
),

in_shifts as (
    select distinct
        opened.business_date,
        opened.user_id,
        opened.patient_id
    from opened
    cross join site_rules
    join roster
        on
            opened.user_id = roster.user_id
            and covers(
                roster.starts_at,
                roster.ends_at,
                opened.first_at,
                opened.first_at,
                to_minutes(site_rules.roster_minutes_before),
                to_minutes(site_rules.roster_minutes_after)
            )
)

select
    count(*) as patient_days,
    count(*) filter (opened.user_id in (select user_id from staff)) as staff,
    count(*) filter (opened.patient_id in (select patient_id from patients)) as patients,
    count(in_stays.patient_id) as encounters,
    count(in_teams.patient_id) as care_team,
    count(in_shifts.user_id) as roster
from opened
left join in_stays using (business_date, patient_id)
left join in_teams using (business_date, user_id, patient_id)
left join in_shifts using (business_date, user_id, patient_id)
