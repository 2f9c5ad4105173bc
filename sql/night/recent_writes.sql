-- reads   record_writes, judged_dates, site_rules
-- gives   recent_writes: one row per (business_date, patient_id, user_id) who wrote to a record, from a week before the
--          judged dates to $night; from earlier where the site's rules look back further
-- params  $night
select record_writes.*
from record_writes
where
    business_date between (select min(business_date) from judged_dates)
    - (select greatest(7, cover_days, follow_up_days_before) from site_rules)
    and $night
