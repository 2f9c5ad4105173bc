-- reads   encounters, patient_days
-- gives   rows: one row per visit: the days on which it began and ended
-- columns patient_id varchar, department varchar, came_on date, left_on date
-- note    left_on is null where the visit has no end yet, department where nobody says it. Without encounters, the days
--          of clinical work on a record stand in: if a contact page counted, a thief's own accesses would be the visit
--          that explains his list
select
    patient_id,
    department,
    starts_at::date as came_on,
    ends_at::date as left_on
from encounters
where starts_at is not null
union all
select
    patient_id,
    nullif(patient_department, '') as department,
    min(business_date) as came_on,
    max(business_date) as left_on
from patient_days
where (clinical or wrote) and not exists (from encounters)
group by patient_id, patient_department
order by patient_id, came_on, left_on, department
