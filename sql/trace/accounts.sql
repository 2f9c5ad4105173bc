-- reads   staff, patient_days
-- gives   rows: one row per account that opened any record: who it is
-- columns user_id varchar, user_name varchar, department varchar, role varchar, account_type varchar
with names as (
    select user_id, arg_max(name, coalesce(starts_at, timestamp '-infinity')) as user_name
    from staff
    group by user_id
)

select
    patient_days.user_id,
    any_value(names.user_name) as user_name,
    arg_max(patient_days.department, patient_days.business_date) as department,
    arg_max(patient_days.role, patient_days.business_date) as role,
    arg_max(patient_days.account_type, patient_days.business_date) as account_type
from patient_days
left join names using (user_id)
group by patient_days.user_id
order by patient_days.user_id
