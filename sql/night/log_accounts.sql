-- reads   events, judged_dates
-- gives   log_accounts: one row per (business_date, user_id) with events, what the log itself says of the account
-- note    nobody is no account: see the macro is_nobody
select
    business_date,
    user_id,
    mode(user_name order by user_name) as name,
    mode(user_department order by user_department) as department,
    mode(user_role order by user_role) as role,
    count(*)::integer as events,
    count(distinct date_part('hour', local_time))::integer as active_hours,
    count(distinct patient_id)::integer as patients
from events
semi join judged_dates using (business_date)
where not is_nobody(user_id)
group by all
