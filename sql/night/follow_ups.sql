-- reads   working_units, account_dates, site_rules, recent_writes, visits, relations, relation_names
-- gives   follow_ups: one row per (business_date, user_id) on follow-up duty: somebody who calls or letters discharged
--          patients of the own unit leaves notes in part of their records; a harvester does not
-- note    some notes in the days around, and one for every few discharged patients opened on the day; the notes of the
--          following days count when the day is judged again. Calls are made in sessions: one or two discharged
--          patients between other work are no follow-up duty
with opened as (
    select
        business_date,
        user_id,
        count(*) as opened
    from relations
    where relation in (select relation from relation_names where after_discharge)
    group by all
    having count(*) >= (select follow_up_patients from site_rules)
),

-- only whose notes matter: all writing of weeks against all stays is much
noted as (
    select
        working_units.business_date,
        working_units.user_id,
        count(distinct recent_writes.patient_id) as noted
    from working_units
    semi join opened using (business_date, user_id)
    join account_dates using (business_date, user_id)
    cross join site_rules
    join recent_writes
        on
            working_units.user_id = recent_writes.user_id
            and coalesce(recent_writes.business_date >= account_dates.held_since, true)
            and recent_writes.business_date
            between working_units.business_date - site_rules.follow_up_days_before
            and working_units.business_date + site_rules.follow_up_days_after
    join visits
        on
            recent_writes.patient_id = visits.patient_id
            and working_units.department = visits.department
            and visits.inpatient
            and visits.ends_at < recent_writes.business_date
            and visits.ends_at >= recent_writes.business_date - to_days(site_rules.follow_up_discharged_days)
    group by all
)

select
    business_date,
    user_id
from noted
join opened using (business_date, user_id)
cross join site_rules
where
    noted.noted >= site_rules.follow_up_notes
    and noted.noted * site_rules.follow_up_patients_per_note >= opened.opened
