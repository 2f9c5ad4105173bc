-- reads   suspicions
-- gives   rows: one row per suspicious patient-day of everybody since a date
-- params  $since, $night
select *
from suspicions
where business_date between $since and $night
order by business_date, user_id, patient_id
