-- reads   suspicions
-- gives   rows: one row per account: its suspicious patients since a date
-- columns user_id varchar, department varchar, role varchar, patients bigint
-- params  $since, $night
select user_id, department, role, count(distinct patient_id) as patients
from suspicions
where business_date between $since and $night
group by all
order by all
