/*
Reads  `accesses`, `staff`, `events`.
Gives  one row per account and date on which a record was opened between two dates, oldest first: who, when, what was
       opened or copied, and the ground in care that is on file (null: none).
*/
with names as (
    select user_id, arg_max(name, coalesce(starts_at, timestamp '1900-01-01')) as name from staff group by user_id
),
logged as (
    select user_id, arg_max(user_name, event_time) filter (user_name is not null) as name
    from events
    where patient_id = $patient
    group by user_id
)
select
    accesses.business_date,
    accesses.first_at,
    accesses.last_at,
    accesses.user_id,
    coalesce(names.name, logged.name) as user_name,
    accesses.department,
    accesses.role,
    accesses.account_type,
    accesses.accesses,
    list_sort(list_distinct(string_split(coalesce(accesses.categories, ''), '|'))) as categories,
    coalesce(accesses.wrote, false) as wrote,
    coalesce(accesses.printed, false) as printed,
    coalesce(accesses.exported, false) as exported,
    case when accesses.state = 'explained' then accesses.explanation end as ground,
    accesses.state = 'explained' as explained
from accesses
left join names using (user_id)
left join logged using (user_id)
where accesses.patient_id = $patient and accesses.business_date between $first and $last
order by accesses.first_at, accesses.user_id;
