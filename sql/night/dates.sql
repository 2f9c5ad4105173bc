-- reads   patient_days, log_accounts, events
-- gives   dates: one row, that of the business date $day
-- params  $day, $watermark, $thresholds, $late, $is_judged
-- note    of dates on which the models were learning ($is_judged is false) nothing is told as judged, explained or usual
select
    $day::date as business_date,
    $watermark::integer as part_watermark,
    (select count(*) from log_accounts where business_date = $day) as accounts,
    coalesce(sum(accesses), 0)::bigint as accesses,
    count(*) as patient_days,
    count(*) filter ($is_judged and account_type = 'human' and has_ground(state, explanation)) as explained,
    count(*) filter (state = 'suspicious') as suspicious,
    (select coalesce(sum(events), 0)::bigint from log_accounts where business_date = $day) as events,
    (
        select count(*)
        from events
        where business_date = $day and patient_id is null and is_access(action)
    ) as events_without_patient,
    $thresholds::varchar as thresholds,
    $late::boolean as late,
    count(*) filter ($is_judged and account_type = 'human') as judged,
    count(*) filter ($is_judged and account_type = 'human' and only_usual(state, explanation)) as usual
from patient_days
where business_date = $day
