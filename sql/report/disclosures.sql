-- reads   holders, events, patient_days
-- gives   rows: one row per account and date on which the record $patient was opened between two dates, oldest first:
--          who, when, what was opened or copied, whether all of it was refused, and the ground in care that is on file
--          (null: none), or whether such accesses are only usual for the account and its unit
-- columns business_date date, first_at timestamp, last_at timestamp, user_id varchar, user_name varchar, department
--          varchar, role varchar, account_type varchar, accesses integer, categories varchar[], wrote boolean, printed
--          boolean, exported boolean, refused boolean, ground varchar, explained boolean, usual boolean
-- params  $patient, $first, $last
with logged as (
    select user_id, arg_max(user_name, event_time) filter (user_name is not null) as name
    from events
    where patient_id = $patient
    group by user_id
),

-- every attempt of the day was refused: nothing was opened
refused as (
    select business_date, user_id
    from events
    where patient_id = $patient and business_date between $first and $last and is_access(action)
    group by all
    having bool_and(coalesce(outcome = 'failure', false))
)

select
    patient_days.business_date,
    patient_days.first_at,
    patient_days.last_at,
    patient_days.user_id,
    coalesce(holders.name, logged.name) as user_name,
    patient_days.department,
    patient_days.role,
    patient_days.account_type,
    patient_days.accesses,
    list_sort(list_distinct(string_split(coalesce(patient_days.categories, ''), '|'))) as categories,
    coalesce(patient_days.wrote, false) as wrote,
    coalesce(patient_days.printed, false) as printed,
    coalesce(patient_days.exported, false) as exported,
    refused.user_id is not null as refused,
    case when has_ground(patient_days.state, patient_days.explanation) then patient_days.explanation end as ground,
    has_ground(patient_days.state, patient_days.explanation) as explained,
    only_usual(patient_days.state, patient_days.explanation) as usual
from patient_days
left join holders
    on
        patient_days.user_id = holders.user_id
        and patient_days.business_date >= holders.since
        and patient_days.business_date < holders.until
left join logged on patient_days.user_id = logged.user_id
left join refused
    on patient_days.business_date = refused.business_date and patient_days.user_id = refused.user_id
where patient_days.patient_id = $patient and patient_days.business_date between $first and $last
order by patient_days.first_at, patient_days.user_id
