-- reads   events, account_days, patient_days
-- gives   rows: one row: prints and exports of people in the period that succeeded, the records that they returned; the
--          patient-days with one, and of those judged how many had a ground
-- columns copies bigint, records bigint, patient_days bigint, judged bigint, explained bigint
-- params  $first, $last, $judged_from
with copied as (
    select
        count(*) as copies,
        coalesce(sum(events.record_count), 0)::bigint as records
    from events
    semi join account_days
        on
            events.business_date = account_days.business_date
            and events.user_id = account_days.user_id
            and account_days.account_type = 'human'
    where
        events.business_date between $first and $last
        and events.action in ('print', 'export')
        and events.outcome = 'success'
),

opened as (
    select
        count(*) as patient_days,
        count(*) filter (business_date >= $judged_from) as judged,
        count(*) filter (business_date >= $judged_from and has_ground(state, explanation)) as explained
    from patient_days
    where
        business_date between $first and $last
        and account_type = 'human'
        and (printed or exported)
)

select *
from copied, opened
