-- reads   policy_days, finding_events
-- gives   rows: one row per firing of a policy for one of the accounts $users, in the order of dates
-- columns policy_days.*
-- params  $users, $night
-- note    of dates that an earlier version asked about, findings still have the events, and the reason what it named
with earlier_firings as (
    select *
    from (
        select business_date, policy_id, user_id, unnest(event_ids) as event_id
        from policy_days
        where user_id in (select unnest($users)) and events is null
    )
    semi join finding_events using (event_id)
),

kept_firings as (
    select
        earlier_firings.business_date,
        earlier_firings.policy_id,
        earlier_firings.user_id,
        min(kept.local_time) as first_at,
        max(kept.local_time) as last_at,
        list(distinct kept.patient_id order by kept.patient_id) filter (
            kept.patient_id is not null and kept.action not in ('login', 'logout', 'other')
        ) as patient_ids
    from earlier_firings
    join finding_events as kept using (event_id)
    group by all
)

select
    policy_days.* replace (
        coalesce(
            policy_days.events,
            try_cast(json_extract_string(policy_days.reason_values, '$.events') as bigint),
            len(policy_days.event_ids)
        ) as events,
        coalesce(
            policy_days.first_at,
            kept_firings.first_at,
            try_cast(json_extract_string(policy_days.reason_values, '$.first_at') as timestamp)
        ) as first_at,
        coalesce(
            policy_days.last_at,
            kept_firings.last_at,
            try_cast(json_extract_string(policy_days.reason_values, '$.last_at') as timestamp)
        ) as last_at,
        coalesce(
            policy_days.returned, if(policy_days.records > policy_days.patients, policy_days.records, 0)
        ) as returned,
        coalesce(policy_days.patient_ids, kept_firings.patient_ids, []) as patient_ids
    )
from policy_days
left join kept_firings
    on
        policy_days.business_date = kept_firings.business_date
        and policy_days.policy_id = kept_firings.policy_id
        and policy_days.user_id = kept_firings.user_id
where policy_days.user_id in (select unnest($users)) and policy_days.business_date <= $night
order by policy_days.business_date, policy_days.user_id, policy_days.policy_id
