-- reads   finding_events
-- gives   rows: one row per day of the finding: from when to when, how many accesses and patients' records, by which
--          actions, in which categories
-- columns day date, first_time varchar, last_time varchar, accesses bigint, records bigint, actions varchar[],
--          categories varchar[]
-- params  $finding_id
-- note    names no patient
select
    local_time::date as day,
    strftime(min(local_time), '%H:%M') as first_time,
    strftime(max(local_time), '%H:%M') as last_time,
    count(distinct (patient_id, date_trunc('minute', local_time))) as accesses,
    count(distinct patient_id) as records,
    list_sort(list_distinct(list(action))) as actions,
    list_sort(list_distinct(list(category) filter (category is not null))) as categories
from finding_events
where finding_id = $finding_id
group by local_time::date
order by day
