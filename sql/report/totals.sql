-- reads   dates, patient_days
-- gives   rows: one row: what was machine-checked in the period
-- columns days bigint, events bigint, events_without_patient bigint, accounts bigint, patients bigint, accesses bigint,
--          patient_days bigint, explained bigint, usual bigint, suspicious bigint
-- params  $first, $last
with judged as (
    select
        count(*) as days,
        coalesce(sum(events), 0)::bigint as events,
        coalesce(sum(events_without_patient), 0)::bigint as events_without_patient
    from dates
    where business_date between $first and $last
),

opened as (
    select
        count(distinct user_id) as accounts,
        count(distinct patient_id) as patients,
        coalesce(sum(accesses), 0)::bigint as accesses,
        count(*) filter (account_type = 'human') as patient_days,
        count(*) filter (account_type = 'human' and has_ground(state, explanation)) as explained,
        count(*) filter (account_type = 'human' and only_usual(state, explanation)) as usual,
        count(*) filter (account_type = 'human' and state = 'suspicious') as suspicious
    from patient_days
    where business_date between $first and $last
)

select *
from judged, opened
