-- reads   patient_days
-- gives   rows: one row: the median of patients a day in the last 28 dates, of the account $user (own) and of its peers
-- columns department varchar, peers bigint, patients double, own double
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
        and patient_days.business_date > (select max(business_date) from patient_days) - 28
    group by all
),

medians as (
    select user_id, median(patients) as patients
    from loads
    group by user_id
)

select
    (select department from own) as department,
    count(*) filter (user_id <> $user) as peers,
    median(patients) filter (user_id <> $user) as patients,
    max(patients) filter (user_id = $user) as own
from medians
