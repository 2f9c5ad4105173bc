-- reads   encounters, patient_days
-- gives   rows: one row per visit: the days on which it began and ended
-- columns patient_id varchar, department varchar, came_on date, left_on date
-- note    without encounters, the days on which the log names a patient stand in; left_on is null where the visit has no
--          end yet, department where nobody says it
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
where not exists (from encounters)
group by patient_id, patient_department
order by patient_id, came_on, left_on, department
