-- reads   findings
-- gives   rows: one row per account with an alert that no decision has cleared: no colleague to be compared with
-- columns user_id varchar
-- params  $cleared
select distinct user_id
from findings
where alert and user_id is not null and status not in (select unnest($cleared))
order by user_id
