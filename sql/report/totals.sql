-- reads   dates, patient_days
-- gives   rows: one row: what was machine-checked in the period
-- columns days bigint, events bigint, events_without_patient bigint, patients bigint
-- params  $first, $last
-- note    accounts, accesses and patient-days are the sums of units.sql
with judged as (
    select
        count(*) as days,
        coalesce(sum(events), 0)::bigint as events,
        coalesce(sum(events_without_patient), 0)::bigint as events_without_patient
    from dates
    where business_date between $first and $last
),

opened as (
    select count(distinct patient_id) as patients
    from patient_days
    where business_date between $first and $last
)

select *
from judged, opened
