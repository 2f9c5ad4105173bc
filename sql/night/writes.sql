-- reads   logged_days, account_dates
-- gives   writes: one row per (business_date, patient_id, user_id) who wrote to the record, with the writer's
--          department
-- note    the night keeps it as the table record_writes: care that nobody can create by looking
select
    logged_days.business_date,
    logged_days.patient_id,
    logged_days.user_id,
    account_dates.department,
    coalesce(logged_days.log_department, '') as log_department,
    account_dates.account_type
from logged_days
join account_dates using (business_date, user_id)
where logged_days.wrote
