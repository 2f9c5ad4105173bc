-- reads  relations, relation_names, recent_writes, working_units, visits
-- gives  follow_ups: one row per (business_date, user_id) on follow-up duty: somebody who calls or letters discharged
--        patients of the own unit leaves notes in part of their records; a harvester does not
-- note   at least two such notes from six days before to three days after, and one for every five discharged patients
--        opened on the day; the notes of the following days count when the day is judged again. Calls are made in
--        sessions: one or two discharged patients between other work are no follow-up duty
with noted as (
    select
        working_units.business_date,
        working_units.user_id,
        count(distinct recent_writes.patient_id) as noted
    from working_units
    join recent_writes
        on
            working_units.user_id = recent_writes.user_id
            and recent_writes.business_date between working_units.business_date - 6 and working_units.business_date + 3
    join visits
        on
            recent_writes.patient_id = visits.patient_id
            and working_units.department = visits.department
            and visits.inpatient
            and visits.ends_at < recent_writes.business_date
            and visits.ends_at >= recent_writes.business_date - interval 31 day
    group by all
),

opened as (
    select
        business_date,
        user_id,
        count(*) as opened
    from relations
    where relation in (select relation from relation_names where after_discharge)
    group by all
)

select
    business_date,
    user_id
from noted
join opened using (business_date, user_id)
where noted >= 2 and noted * 5 >= opened and opened >= 3
