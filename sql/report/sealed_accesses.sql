-- reads   events, patient_days, sealed_spans
-- gives   rows: one row per time under seal: accesses to the record in it between two dates, by people with and without a
--          ground, and by systems; prints and exports of people among them, and the people without a ground
-- columns place bigint, grounded bigint, ungrounded bigint, systems bigint, copies bigint, accounts bigint
-- params  $first, $last
-- note    one account in one minute is one access; a print counts as often as the log has it
with opened as (
    select
        sealed_spans.place,
        events.user_id,
        events.patient_id,
        date_trunc('minute', events.local_time) as minute,
        count(*) filter (events.action in ('print', 'export')) as copies,
        coalesce(any_value(patient_days.account_type), 'human') in ('service', 'kiosk') as by_system,
        bool_or(coalesce(has_ground(patient_days.state, patient_days.explanation), false)) as has_ground
    from sealed_spans
    join events
        on
            list_contains(sealed_spans.numbers, events.patient_id)
            and events.event_time >= sealed_spans.starts_at
            and (sealed_spans.ends_at is null or events.event_time < sealed_spans.ends_at)
    join patient_days
        on
            events.business_date = patient_days.business_date
            and events.user_id = patient_days.user_id
            and events.patient_id = patient_days.patient_id
    where
        events.business_date between $first and $last
        and is_access(events.action)
        and events.outcome = 'success'
    group by all
),

counted as (
    select
        place,
        count(*) filter (not by_system and has_ground) as grounded,
        count(*) filter (not by_system and not has_ground) as ungrounded,
        count(*) filter (by_system) as systems,
        sum(copies) filter (not by_system) as copies,
        count(distinct user_id) filter (not by_system and not has_ground) as accounts
    from opened
    group by place
)

select
    sealed_spans.place,
    coalesce(counted.grounded, 0) as grounded,
    coalesce(counted.ungrounded, 0) as ungrounded,
    coalesce(counted.systems, 0) as systems,
    coalesce(counted.copies, 0)::bigint as copies,
    coalesce(counted.accounts, 0) as accounts
from sealed_spans
left join counted on sealed_spans.place = counted.place
order by sealed_spans.place
