-- reads  patient_days, account_dates
-- gives  writes: one row per (business_date, patient_id, user_id) who wrote to the record, with the writer's department
-- note   the night keeps it as the table record_writes: care that nobody can create by looking
select
    patient_days.business_date,
    patient_days.patient_id,
    patient_days.user_id,
    account_dates.department,
    coalesce(patient_days.log_department, '') as log_department,
    account_dates.account_type
from patient_days
join account_dates using (business_date, user_id)
where patient_days.wrote
