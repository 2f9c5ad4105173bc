-- reads  accesses, complaints (patient_id, known_on)
-- gives  one row per account that opened a leaked record by known_on: unexplained_accesses, first_access, last_access
--        (local time) of these records
select
    accesses.user_id,
    coalesce(sum(accesses.accesses) filter (accesses.state <> 'explained'), 0)::bigint as unexplained_accesses,
    min(accesses.first_at) as first_access,
    max(accesses.last_at) as last_access
from accesses
join complaints on accesses.patient_id = complaints.patient_id and accesses.business_date <= complaints.known_on
group by accesses.user_id
order by accesses.user_id
