-- reads   holders, events, patient_days
-- gives   rows: one row per account and holder that opened the record $patient: who it is, when, what it did, and how
--          many of its days have a ground, or are only usual for its unit; those with suspicious days first
-- columns patient_id varchar, user_id varchar, holder varchar, user_name varchar, department varchar, role varchar,
--          first_at varchar, last_at varchar, days bigint, accesses bigint, events bigint, categories varchar[], wrote
--          boolean, exported boolean, explanations varchar[], explained_days bigint, usual_days bigint,
--          suspicious_days bigint
-- params  $patient
with logged as (
    select user_id, arg_max(user_name, event_time) filter (user_name is not null) as name
    from events
    where patient_id = $patient
    group by user_id
)

select
    $patient as patient_id,
    patient_days.user_id,
    coalesce(holders.holder, patient_days.user_id) as holder,
    coalesce(any_value(holders.name), any_value(logged.name)) as user_name,
    arg_max(patient_days.department, patient_days.business_date) as department,
    arg_max(patient_days.role, patient_days.business_date) as role,
    min(patient_days.first_at)::varchar as first_at,
    max(patient_days.last_at)::varchar as last_at,
    count(*) as days,
    sum(patient_days.accesses)::bigint as accesses,
    sum(patient_days.events)::bigint as events,
    list_sort(list_distinct(flatten(list(str_split(nullif(patient_days.categories, ''), '|'))))) as categories,
    bool_or(patient_days.wrote) as wrote,
    bool_or(patient_days.printed or patient_days.exported) as exported,
    list_sort(list_distinct(list(patient_days.explanation))) as explanations,
    count(*) filter (has_ground(patient_days.state, patient_days.explanation)) as explained_days,
    count(*) filter (only_usual(patient_days.state, patient_days.explanation)) as usual_days,
    count(*) filter (patient_days.state = 'suspicious') as suspicious_days
from patient_days
left join holders
    on
        patient_days.user_id = holders.user_id
        and patient_days.business_date >= holders.since
        and patient_days.business_date < holders.until
left join logged on patient_days.user_id = logged.user_id
where patient_days.patient_id = $patient
group by patient_days.user_id, holders.holder
order by suspicious_days > 0 desc, explained_days = days, first_at, patient_days.user_id
