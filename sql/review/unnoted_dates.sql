-- reads   dates, noted_dates
-- gives   rows: one row: the business dates that no entry of the trail names yet, and what they held; nulls where there
--          are none
-- columns through varchar, dates bigint, first_date varchar, last_date varchar, events bigint, patient_days bigint,
--          judged bigint, explained bigint, usual bigint, suspicious bigint
select
    (select max(business_date) from dates)::varchar as through,
    count(*) as dates,
    min(business_date)::varchar as first_date,
    max(business_date)::varchar as last_date,
    coalesce(sum(events), 0)::bigint as events,
    coalesce(sum(patient_days), 0)::bigint as patient_days,
    coalesce(sum(judged), 0)::bigint as judged,
    coalesce(sum(explained), 0)::bigint as explained,
    coalesce(sum(usual), 0)::bigint as usual,
    coalesce(sum(suspicious), 0)::bigint as suspicious
from dates
where business_date not in (select business_date from noted_dates)
