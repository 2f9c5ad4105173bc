-- reads   patient_days
-- gives   rows: one row: how many accounts opened the record $patient with a recognisable reason
-- columns accounts bigint
-- params  $patient, $start, $night
select count(distinct user_id) as accounts
from patient_days
where patient_id = $patient and business_date between $start and $night and has_ground(state, explanation)
