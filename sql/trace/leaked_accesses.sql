-- reads  patient_days, complaints (patient_id, known_on)
-- gives  one row per account that opened a leaked record by known_on: unexplained_accesses, first_access, last_access
--        (local time) of these records
select
    patient_days.user_id,
    coalesce(sum(patient_days.accesses) filter (patient_days.state <> 'explained'), 0)::bigint as unexplained_accesses,
    min(patient_days.first_at) as first_access,
    max(patient_days.last_at) as last_access
from patient_days
join complaints on patient_days.patient_id = complaints.patient_id and patient_days.business_date <= complaints.known_on
group by patient_days.user_id
order by patient_days.user_id
