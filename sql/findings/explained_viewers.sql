-- reads   patient_days
-- gives   rows: one row: how many other accounts opened the record $patient with a recognisable reason: none of their
--          days is suspicious
-- columns accounts bigint
-- params  $patient, $start, $night
with viewers as (
    select user_id
    from patient_days
    where patient_id = $patient and business_date between $start and $night
    group by user_id
    having bool_or(has_ground(state, explanation)) and not bool_or(state = 'suspicious')
)

select count(*) as accounts
from viewers
