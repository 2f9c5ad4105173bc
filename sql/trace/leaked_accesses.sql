-- reads   patient_days, complaints
-- gives   rows: one row per account that opened a leaked record by known_on: its unexplained accesses, first and last
--          access (local time) of these records
-- columns user_id varchar, unexplained_accesses bigint, first_access timestamp, last_access timestamp
-- note    complaints (patient_id, known_on) are the caller's
select
    patient_days.user_id,
    coalesce(
        sum(patient_days.accesses) filter (not has_ground(patient_days.state, patient_days.explanation)), 0
    )::bigint as unexplained_accesses,
    min(patient_days.first_at) as first_access,
    max(patient_days.last_at) as last_access
from patient_days
join complaints on patient_days.patient_id = complaints.patient_id and patient_days.business_date <= complaints.known_on
group by patient_days.user_id
order by patient_days.user_id
