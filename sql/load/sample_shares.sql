-- reads   events, staff, patients, encounters, care_team, site_rules, roster
-- gives   rows: one row: of a sample's events and accesses, how many name a patient and a person, and how many
--          accesses each context table covers; of its accounts, how many the staff table has
-- columns events bigint, without_patient bigint, without_person bigint, active_accounts bigint, known_accounts bigint,
--          accesses bigint, patients bigint, encounters bigint, care_team bigint, roster bigint
-- note    a row covers an access by the same rule by which the night takes a relation or a shift from it
with shown as (
    select *
    from events
    where is_access(action)
),

accesses as (
    select distinct
        user_id,
        patient_id,
        local_time
    from shown
    where patient_id is not null
)

select
    (select count(*) from shown) as events,
    (select count(*) filter (patient_id is null) from shown) as without_patient,
    (select count(*) filter (user_id not in (select user_id from staff)) from shown) as without_person,
    (select count(distinct user_id) filter (not is_nobody(user_id)) from shown) as active_accounts,
    (select count(distinct user_id) filter (user_id in (select user_id from staff)) from shown) as known_accounts,
    count(*) as accesses,
    count(*) filter (patient_id in (select patient_id from patients)) as patients,
    count(*) filter (exists (
        select 1
        from encounters
        where
            encounters.patient_id = accesses.patient_id
            and encounter_covers(
                encounters.kind = 'inpatient', encounters.starts_at, encounters.ends_at, accesses.local_time::date
            )
    )) as encounters,
    count(*) filter (exists (
        select 1
        from care_team
        where
            care_team.patient_id = accesses.patient_id
            and care_team.user_id = accesses.user_id
            and covers(
                care_team.starts_at,
                care_team.ends_at,
                accesses.local_time,
                accesses.local_time,
                to_days(site_rules.care_team_days_before),
                to_days(site_rules.care_team_days_after)
            )
    )) as care_team,
    count(*) filter (exists (
        select 1
        from roster
        where
            roster.user_id = accesses.user_id
            and covers(
                roster.starts_at,
                roster.ends_at,
                accesses.local_time,
                accesses.local_time,
                to_minutes(site_rules.roster_minutes_before),
                to_minutes(site_rules.roster_minutes_after)
            )
    )) as roster
from accesses
cross join site_rules
