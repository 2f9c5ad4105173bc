/*
Reads dates, noted_dates.
Gives one row: the business dates that no entry of the trail tells of yet, and what they held; nulls where there are none.
*/
select
    (select max(business_date) from dates)::varchar as through,
    count(*) as dates,
    min(business_date)::varchar as first_date,
    max(business_date)::varchar as last_date,
    coalesce(sum(events), 0)::bigint as events,
    coalesce(sum(patient_days), 0)::bigint as patient_days,
    coalesce(sum(explained), 0)::bigint as explained,
    coalesce(sum(suspicious), 0)::bigint as suspicious
from dates
where business_date not in (select business_date from noted_dates)
