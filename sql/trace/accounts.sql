-- reads  accesses, staff
-- gives  one row per account that opened any record: who it is
with names as (
    select user_id, arg_max(name, coalesce(starts_at, timestamp '1900-01-01')) as user_name from staff group by user_id
)

select
    accesses.user_id,
    any_value(names.user_name) as user_name,
    arg_max(accesses.department, accesses.business_date) as department,
    arg_max(accesses.role, accesses.business_date) as role,
    arg_max(accesses.account_type, accesses.business_date) as account_type
from accesses
left join names using (user_id)
group by accesses.user_id
order by accesses.user_id
