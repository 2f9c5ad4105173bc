-- reads   patient_days
-- gives   rows: one row per date: the median of the patients opened by other accounts of the same department and role,
--          and how many they are
-- columns business_date date, patients double, peers bigint
-- params  $user
with own as (
    select
        arg_max(department, business_date) as department,
        arg_max(role, business_date) as role
    from patient_days
    where user_id = $user
),

loads as (
    select patient_days.user_id, patient_days.business_date, count(*) as patients
    from patient_days, own
    where
        patient_days.department = own.department
        and patient_days.role = own.role
        and patient_days.user_id <> $user
    group by all
)

select business_date, median(patients) as patients, count(*) as peers
from loads
group by business_date
order by business_date
