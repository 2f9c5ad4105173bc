-- reads   patient_days, episode_events
-- gives   episode_patient_days: one row per patient-day that an episode's events touched, as the night judged it; of each
--          patient only those days on which most accounts for it: a ground, else that it is usual, else nothing
-- columns patient_days.*, label varchar
-- params  $first, $last
-- note    who is reached once with a ground is not kept out of reach by stopping what has none
with touched as (
    select distinct label, business_date, user_id, patient_id
    from episode_events
    where patient_id is not null
),

accounted as (
    select
        patient_days.*,
        touched.label,
        case
            when has_ground(patient_days.state, patient_days.explanation) then 2
            when only_usual(patient_days.state, patient_days.explanation) then 1
            else 0
        end as accounts_for_it
    from patient_days
    join touched using (business_date, user_id, patient_id)
    where patient_days.business_date between $first and $last
)

select * exclude (accounts_for_it)
from accounted
qualify accounts_for_it = max(accounts_for_it) over (partition by label, patient_id)
