-- reads   patient_days, rekeyed_user_id, rekeyed_patient_id
-- gives   rows: the patient-days of $day by the accounts and patients that they are of now
-- columns patient_days.*
-- params  $day
-- note    of an account's two days with one patient the more surprising one stays
select
    patient_days.*
    replace (
        coalesce(users.after, patient_days.user_id) as user_id,
        coalesce(patients.after, patient_days.patient_id) as patient_id
    )
from patient_days
left join rekeyed_user_id as users
    on patient_days.business_date = users.business_date and patient_days.user_id = users.before
left join rekeyed_patient_id as patients
    on patient_days.business_date = patients.business_date and patient_days.patient_id = patients.before
where patient_days.business_date = $day
qualify
    row_number() over (
        partition by coalesce(users.after, patient_days.user_id), coalesce(patients.after, patient_days.patient_id)
        order by patient_days.surprisal desc nulls last, patient_days.accesses desc, patient_days.user_id
    ) = 1
order by user_id, patient_id
