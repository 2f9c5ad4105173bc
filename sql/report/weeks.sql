-- reads   patient_days, findings
-- gives   rows: one row per seven days, the last of which end with the period, oldest first: patient-days of people,
--          those with a ground, only usual, and suspicious, dates before $judged_from, which were
--          not judged, and the findings that became alerts
-- columns ends_on date, patient_days bigint, explained bigint, usual bigint, suspicious bigint, days bigint,
--          unjudged_days bigint, alerts bigint
-- params  $last, $days, $judged_from
with weeks as (
    select
        date_diff('day', business_date, $last) // 7 as weeks_ago,
        count(*) as patient_days,
        count(*) filter (has_ground(state, explanation)) as explained,
        count(*) filter (only_usual(state, explanation)) as usual,
        count(*) filter (state = 'suspicious') as suspicious,
        count(distinct business_date) as days,
        count(distinct business_date) filter (business_date < $judged_from) as unjudged_days
    from patient_days
    where business_date between $last - $days + 1 and $last and account_type = 'human'
    group by weeks_ago
),

alerts as (
    select
        date_diff('day', alerted_on, $last) // 7 as weeks_ago,
        count(*) as alerts
    from findings
    where alerted_on between $last - $days + 1 and $last
    group by weeks_ago
)

select
    ($last - 7 * weeks_ago::integer)::date as ends_on,
    weeks.patient_days,
    weeks.explained,
    weeks.usual,
    weeks.suspicious,
    weeks.days,
    weeks.unjudged_days,
    coalesce(alerts.alerts, 0) as alerts
from weeks
left join alerts using (weeks_ago)
order by ends_on
