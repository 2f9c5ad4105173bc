-- reads   events
-- gives   drill_days: one row per (user_id, business_date) between $first and $last with patients opened
-- columns user_id varchar, business_date date, patients integer
-- params  $first, $last
select
    user_id,
    business_date,
    count(distinct patient_id)::integer as patients
from events
where business_date between $first and $last and patient_id is not null
group by user_id, business_date
order by user_id, business_date
