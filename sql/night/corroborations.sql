-- reads   logged_days, recent_writes, working_units
-- gives   corroborations: one row per (business_date, user_id, patient_id) with the patient's record written to by
--          somebody else within three days before and one day after: by the account's own unit, or by another one
select
    logged_days.business_date,
    logged_days.user_id,
    logged_days.patient_id,
    bool_or(working_units.department is not null) as by_unit
from logged_days
join recent_writes
    on
        logged_days.patient_id = recent_writes.patient_id
        and logged_days.user_id <> recent_writes.user_id
        and recent_writes.business_date between logged_days.business_date - 3 and logged_days.business_date + 1
left join working_units
    on
        logged_days.business_date = working_units.business_date
        and logged_days.user_id = working_units.user_id
        and recent_writes.department = working_units.department
group by all
