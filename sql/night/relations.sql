-- reads  logged_days, working_units, visits, care_team, patients
-- gives  relations: one row per (business_date, user_id, patient_id): the strongest relation between account and patient
-- note   the type relation is ordered: strongest first, as declared in detector/model/relations.py; a care-team row counts from a day before its start to three days after
--        its end (bookings come late, letters are written after)
with by_visit as (
    select
        logged_days.business_date,
        logged_days.user_id,
        logged_days.patient_id,
        min((case
            when working_units.department is not null and visits.inpatient then
                case
                    when visits.starts_at <= last_at + interval 2 hour and coalesce(visits.ends_at >= first_at, true) then 'inpatient'
                    when visits.starts_at > last_at and visits.starts_at < business_date + interval 2 day then 'admission_soon'
                    when visits.ends_at < first_at and business_date - visits.ends_at::date <= 3 then 'discharged_3'
                    when visits.ends_at < first_at and business_date - visits.ends_at::date <= 7 then 'discharged_7'
                    when visits.ends_at < first_at and business_date - visits.ends_at::date <= 14 then 'discharged_14'
                    when visits.ends_at < first_at and business_date - visits.ends_at::date <= 30 then 'discharged_30'
                    when visits.ends_at < first_at then 'former'
                end
            when working_units.department is not null then
                case
                    when visits.starts_at::date between business_date - 1 and business_date + 1 then 'visit_today'
                    when visits.starts_at < first_at and business_date - visits.starts_at::date <= 7 then 'visited_7'
                    when visits.starts_at < first_at and business_date - visits.starts_at::date <= 30 then 'visited_30'
                    when visits.starts_at < first_at then 'former'
                end
            when visits.inpatient and visits.starts_at <= last_at + interval 2 hour and coalesce(visits.ends_at >= first_at, true) then 'inpatient_elsewhere'
            when visits.starts_at <= last_at + interval 2 hour then
                case
                    when business_date - coalesce(visits.ends_at, visits.starts_at)::date <= 1 then 'visit_elsewhere'
                    when business_date - coalesce(visits.ends_at, visits.starts_at)::date <= 7 then 'elsewhere_7'
                    when business_date - coalesce(visits.ends_at, visits.starts_at)::date <= 30 then 'elsewhere_30'
                    else 'former_elsewhere'
                end
        end)::relation) as relation
    from logged_days
    join visits on logged_days.patient_id = visits.patient_id and visits.starts_at < business_date + interval 2 day
    left join working_units using (business_date, user_id, department)
    group by logged_days.business_date, logged_days.user_id, logged_days.patient_id
),

by_team as (
    select distinct
        logged_days.business_date,
        logged_days.user_id,
        logged_days.patient_id
    from logged_days
    join care_team
        on
            logged_days.patient_id = care_team.patient_id
            and logged_days.user_id = care_team.user_id
            and coalesce(care_team.starts_at, timestamp '0001-01-01') <= last_at + interval 1 day
            and coalesce(care_team.starts_at, timestamp '0001-01-01') < $night + interval 1 day
            and (
                care_team.ends_at is null
                or care_team.ends_at > $night + interval 1 day
                or care_team.ends_at >= first_at - interval 3 day
            )
),

by_family as (
    select distinct
        logged_days.business_date,
        logged_days.user_id,
        logged_days.patient_id
    from logged_days
    join patients as self on logged_days.patient_id = self.patient_id
    join patients as relative on self.household_id = relative.household_id and self.patient_id <> relative.patient_id
    join visits
        on
            relative.patient_id = visits.patient_id
            and visits.inpatient
            and visits.starts_at <= last_at + interval 2 hour
            and coalesce(visits.ends_at >= first_at - interval 3 day, true)
    join working_units
        on
            logged_days.business_date = working_units.business_date
            and logged_days.user_id = working_units.user_id
            and visits.department = working_units.department
)

select
    logged_days.business_date,
    logged_days.user_id,
    logged_days.patient_id,
    least(
        case when by_team.user_id is not null then 'care_team'::relation end,
        case when by_family.user_id is not null then 'family_inpatient'::relation end,
        by_visit.relation,
        'stranger'::relation
    )::varchar as relation
from logged_days
left join by_visit using (business_date, user_id, patient_id)
left join by_team using (business_date, user_id, patient_id)
left join by_family using (business_date, user_id, patient_id)
