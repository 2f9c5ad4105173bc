-- reads   patient_days
-- gives   rows: one row per weekday (0 = Monday) and hour: patient-days of other accounts of the same department and
--          role that begin in it
-- columns weekday bigint, hour bigint, accesses bigint
-- params  $user
with own as (
    select
        arg_max(department, business_date) as department,
        arg_max(role, business_date) as role
    from patient_days
    where user_id = $user
)

select
    isodow(patient_days.first_at) - 1 as weekday,
    hour(patient_days.first_at) as hour,
    count(*) as accesses
from patient_days, own
where
    patient_days.department = own.department
    and patient_days.role = own.role
    and patient_days.user_id <> $user
group by all
order by all
