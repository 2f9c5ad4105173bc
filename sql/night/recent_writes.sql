-- reads  record_writes, judged_dates
-- gives  recent_writes: one row per (business_date, patient_id, user_id) who wrote to a record, from a week before the
--        judged dates to $night
select *
from record_writes
where business_date between (select min(business_date) from judged_dates) - 7 and $night
