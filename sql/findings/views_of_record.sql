-- reads   suspicions
-- gives   rows: one row per patient-day of the record $patient that nothing explains,
--          each adding more than $least millionths of a nat
-- params  $patient, $start, $night, $least
-- note    contact pages opened in care weigh by their number alone: none of them was opened without a reason
select *
from suspicions
where
    patient_id = $patient
    and business_date between $start and $night
    and not approved
    and largest_evidence > $least
order by business_date, user_id
