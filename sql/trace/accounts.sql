-- reads  accesses, staff, complaints (patient_id, known_on)
-- gives  one row per account that opened any record: who it is, and what it did with the leaked records by known_on:
--        leaked_patients_accessed, unexplained_accesses, first_access, last_access (local time)
with names as (
    select user_id, arg_max(name, coalesce(starts_at, timestamp '1900-01-01')) as user_name from staff group by user_id
),

leaked as (
    select
        accesses.user_id,
        count(distinct accesses.patient_id) as patients,
        coalesce(sum(accesses.accesses) filter (accesses.state <> 'explained'), 0) as unexplained_accesses,
        min(accesses.first_at) as first_access,
        max(accesses.last_at) as last_access
    from accesses
    join complaints on accesses.patient_id = complaints.patient_id and accesses.business_date <= complaints.known_on
    group by accesses.user_id
)

select
    accesses.user_id,
    any_value(names.user_name) as user_name,
    arg_max(accesses.department, accesses.business_date) as department,
    arg_max(accesses.role, accesses.business_date) as role,
    arg_max(accesses.account_type, accesses.business_date) as account_type,
    coalesce(any_value(leaked.patients), 0)::integer as leaked_patients_accessed,
    coalesce(any_value(leaked.unexplained_accesses), 0)::bigint as unexplained_accesses,
    any_value(leaked.first_access) as first_access,
    any_value(leaked.last_access) as last_access
from accesses
left join names using (user_id)
left join leaked using (user_id)
group by accesses.user_id
order by accesses.user_id
