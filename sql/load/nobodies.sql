-- reads   events
-- gives   rows: one row per name that the log has for nobody, on the dates from $first to $last, most events first
-- columns user_id varchar, events bigint
-- params  $first, $last
select
    user_id,
    count(*) as events
from events
where is_nobody(user_id) and business_date between $first and $last
group by user_id
order by events desc, user_id
