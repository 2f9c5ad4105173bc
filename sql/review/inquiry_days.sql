-- reads   finding_events, events, patient_days, staff, findings, finding_holders, holders, policy_days
-- gives   rows: one row per day of the finding: from when to when, what was done, how much was exported or printed
-- columns day date, first_time varchar, last_time varchar, accesses bigint, patients bigint, events bigint, exports
--          bigint, records bigint, actions varchar[], categories varchar[]
-- params  $finding_id, $user_id, $own_record, $of_policies, $grounds
-- note    names no patient; with $own_record only accesses to the record of the account's holder; with $of_policies only
--          what the finding's policies fired on, as far as that is kept; accesses with one of
--          the $grounds, whether known on the night or booked since, are matched by what the systems know and are left
--          out. Records of events that are no longer stored count one each
with grounded as (
    select business_date, patient_id
    from patient_days
    where user_id = $user_id and relation in (select unnest($grounds))
),

fired as (
    select unnest(policy_days.event_ids) as event_id
    from findings
    join policy_days
        on
            findings.user_id = policy_days.user_id
            and list_contains(findings.policies, policy_days.policy_id)
            and policy_days.business_date between findings.window_start and findings.window_end
    where $of_policies and findings.finding_id = $finding_id
),

own_records as (
    select staff.patient_id
    from finding_holders
    join staff on finding_holders.user_id = staff.user_id
    left join holders on finding_holders.holder = holders.holder
    where
        finding_holders.finding_id = $finding_id
        and coalesce(staff.starts_at::date < holders.until, true)
        and coalesce(staff.ends_at::date > holders.since, true)
),

told as (
    select finding_events.*, coalesce(events.record_count, 1) as record_count
    from finding_events
    left join events using (event_id)
    where
        finding_id = $finding_id
        and (explanation is null or explanation not in (select unnest($grounds)))
        and (
            finding_events.patient_id is null
            or (finding_events.local_time::date, finding_events.patient_id)
            not in (select (business_date, patient_id) from grounded)
        )
        and (
            not $own_record
            or finding_events.patient_id in (select patient_id from own_records)
        )
        and (
            not exists (select event_id from fired semi join finding_events using (event_id))
            or finding_events.event_id in (select event_id from fired)
        )
)

select
    local_time::date as day,
    strftime(min(local_time), '%H:%M') as first_time,
    strftime(max(local_time), '%H:%M') as last_time,
    count(distinct (patient_id, date_trunc('minute', local_time))) filter (patient_id is not null) as accesses,
    count(distinct patient_id) as patients,
    count(*) as events,
    count(*) filter (action in ('export', 'print')) as exports,
    coalesce(sum(record_count) filter (action in ('export', 'print')), 0)::bigint as records,
    list_sort(list_distinct(list(action))) as actions,
    list_sort(list_distinct(list(category) filter (category is not null))) as categories
from told
group by local_time::date
order by day
