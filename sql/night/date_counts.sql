-- reads   patient_days, log_accounts, events
-- gives   rows: one row, that of business date $day in dates
-- columns business_date date, part_watermark integer, accounts bigint, accesses bigint, patient_days bigint,
--         explained bigint, suspicious bigint, events bigint, events_without_patient bigint, thresholds varchar
-- params  $day, $watermark, $thresholds
select
    $day,
    $watermark,
    (select count(*) from log_accounts where business_date = $day),
    coalesce(sum(accesses), 0),
    count(*),
    count(*) filter (state = 'explained' and account_type = 'human'),
    count(*) filter (state = 'suspicious'),
    (select coalesce(sum(events), 0) from log_accounts where business_date = $day),
    (
        select count(*)
        from events
        where business_date = $day and patient_id is null and action not in ('login', 'logout', 'other')
    ),
    $thresholds
from patient_days
where business_date = $day
