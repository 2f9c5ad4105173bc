-- reads   events
-- gives   rows: one row per (source, business_date, user_id) with events after $done
-- columns source varchar, business_date date, user_id varchar
-- params  $done
select distinct source, business_date, user_id
from events
where business_date > $done
order by all
