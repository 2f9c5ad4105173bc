-- reads   patient_days, complaints
-- gives   rows: one row per complaint: what the account $user_id did with the record by known_on, and how many other
--          accounts opened it by then; nulls where the account did not open it
-- columns patient_id varchar, known_on date, first_access varchar, last_access varchar, days_before bigint, accesses
--          bigint, contact_only boolean, contact boolean, wrote boolean, taken boolean, suspicious boolean, explained
--          boolean, explanations varchar[], other_accounts integer, opened_later boolean
-- params  $user_id
-- note    complaints (patient_id, known_on) are the caller's
with mine as (
    select
        patient_days.patient_id,
        min(patient_days.first_at) as first_access,
        max(patient_days.last_at) as last_access,
        complaints.known_on - max(patient_days.business_date) as days_before,
        sum(patient_days.accesses)::bigint as accesses,
        bool_or(patient_days.contact and not patient_days.clinical) as contact_only,
        bool_or(patient_days.contact) as contact,
        bool_or(patient_days.wrote) as wrote,
        bool_or(patient_days.printed or patient_days.exported) as taken,
        bool_or(patient_days.state = 'suspicious') as suspicious,
        bool_and(has_ground(patient_days.state, patient_days.explanation)) as explained,
        list_sort(list_distinct(list(patient_days.explanation))) as explanations
    from patient_days
    join complaints
        on
            patient_days.patient_id = complaints.patient_id
            and patient_days.business_date <= complaints.known_on
    where patient_days.user_id = $user_id
    group by patient_days.patient_id, complaints.known_on
),

others as (
    select patient_days.patient_id, count(distinct patient_days.user_id)::integer as other_accounts
    from patient_days
    join complaints
        on
            patient_days.patient_id = complaints.patient_id
            and patient_days.business_date <= complaints.known_on
    where patient_days.user_id <> $user_id
    group by patient_days.patient_id
),

after as (
    select distinct patient_days.patient_id
    from patient_days
    join complaints
        on
            patient_days.patient_id = complaints.patient_id
            and patient_days.business_date > complaints.known_on
    where patient_days.user_id = $user_id
)

select
    complaints.patient_id,
    complaints.known_on,
    mine.first_access::varchar as first_access,
    mine.last_access::varchar as last_access,
    mine.days_before,
    mine.accesses,
    mine.contact_only,
    mine.contact,
    mine.wrote,
    mine.taken,
    mine.suspicious,
    mine.explained,
    mine.explanations,
    coalesce(others.other_accounts, 0) as other_accounts,
    after.patient_id is not null as opened_later
from complaints
left join mine using (patient_id)
left join others using (patient_id)
left join after using (patient_id)
order by mine.first_access is null, mine.first_access, complaints.patient_id
