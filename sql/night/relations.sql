-- reads   logged_days, account_dates, visits, working_units, care_team, site_rules, patients
-- gives   relations: one row per (business_date, user_id, patient_id): the strongest relation between account
--          and patient
-- params  $night
-- note    the type relation is ordered as detector/model/relations.py declares it, strongest first: least() and min()
--          take the strongest. A care-team row counts from some time before its start to some time after its end:
--          bookings come late, letters are written after. Arrivals are written down up to two hours late. What is booked for
--          an account before its holder had it is another person's
with opened_visits as (
    select
        logged_days.business_date,
        logged_days.user_id,
        logged_days.patient_id,
        logged_days.last_at,
        visits.inpatient,
        visits.starts_at,
        working_units.department is not null as own_unit,
        visits.starts_at <= last_at + interval 2 hour as begun,
        covers(visits.starts_at, visits.ends_at, first_at, last_at, interval 2 hour, interval 0 hour) as present,
        business_date - visits.starts_at::date as days_since_start,
        business_date - coalesce(visits.ends_at, visits.starts_at)::date as days_since_end
    from logged_days
    join visits
        on
            logged_days.patient_id = visits.patient_id
            and visits.starts_at < business_date + interval 2 day
    left join working_units using (business_date, user_id, department)
),

by_visit as (
    select
        business_date,
        user_id,
        patient_id,
        min((case
            when own_unit and inpatient
                then
                    case
                        when present then 'inpatient'
                        when starts_at > last_at then 'admission_soon'
                        when days_since_end <= 3 then 'discharged_3'
                        when days_since_end <= 7 then 'discharged_7'
                        when days_since_end <= 14 then 'discharged_14'
                        when days_since_end <= 30 then 'discharged_30'
                        else 'former'
                    end
            when own_unit
                then
                    case
                        when days_since_start <= 1 then 'visit_today'
                        when days_since_start <= 7 then 'visited_7'
                        when days_since_start <= 30 then 'visited_30'
                        else 'former'
                    end
            when inpatient and present then 'inpatient_elsewhere'
            when begun then
                case
                    when days_since_end <= 1 then 'visit_elsewhere'
                    when days_since_end <= 7 then 'elsewhere_7'
                    when days_since_end <= 30 then 'elsewhere_30'
                    else 'former_elsewhere'
                end
        end)::relation) as relation
    from opened_visits
    group by business_date, user_id, patient_id
),

by_team as (
    select distinct
        logged_days.business_date,
        logged_days.user_id,
        logged_days.patient_id,
        'care_team'::relation as relation
    from logged_days
    join account_dates using (business_date, user_id)
    cross join site_rules
    join care_team
        on
            logged_days.patient_id = care_team.patient_id
            and logged_days.user_id = care_team.user_id
            and coalesce(care_team.starts_at >= account_dates.held_since, true)
            and coalesce(care_team.starts_at, timestamp '-infinity') < $night + interval 1 day
            and covers(
                care_team.starts_at,
                known_end(care_team.ends_at, $night),
                first_at,
                last_at,
                to_days(site_rules.care_team_days_before),
                to_days(site_rules.care_team_days_after)
            )
),

by_family as (
    select distinct
        logged_days.business_date,
        logged_days.user_id,
        logged_days.patient_id,
        'family_inpatient'::relation as relation
    from logged_days
    join patients as self on logged_days.patient_id = self.patient_id
    join patients as relative on self.household_id = relative.household_id and self.patient_id <> relative.patient_id
    join visits
        on
            relative.patient_id = visits.patient_id
            and visits.inpatient
            and covers(visits.starts_at, visits.ends_at, first_at, last_at, interval 2 hour, interval 3 day)
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
    least(by_visit.relation, by_team.relation, by_family.relation, 'stranger'::relation)::varchar as relation
from logged_days
left join by_visit using (business_date, user_id, patient_id)
left join by_team using (business_date, user_id, patient_id)
left join by_family using (business_date, user_id, patient_id)
