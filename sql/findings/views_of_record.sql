-- reads   suspicions
-- gives   rows: one row per suspicious patient-day of the record $patient
-- params  $patient, $start, $night
select *
from suspicions
where patient_id = $patient and business_date between $start and $night
order by business_date, user_id
