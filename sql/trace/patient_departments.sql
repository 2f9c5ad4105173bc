-- reads   encounters, patient_days, patients
-- gives   rows: one row per patient known to the store: the departments where care was given, as encounters and logs
--          say (sorted, may be empty); they tell which segment a leaked list is about
-- columns patient_id varchar, departments varchar[]
with places as (
    select patient_id, department
    from encounters
    where department is not null
    union
    select patient_id, patient_department as department
    from patient_days
    where nullif(patient_department, '') is not null
),

known as (
    select patient_id from patient_days
    union
    select patient_id from encounters
    union
    select patient_id from patients
)

select
    known.patient_id,
    coalesce(
        list(places.department order by places.department) filter (places.department is not null), []
    ) as departments
from known
left join places using (patient_id)
group by known.patient_id
order by known.patient_id
