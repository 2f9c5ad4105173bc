/*
What a finding says of a policy covers all dates that it fired on: each date keeps what its events come to, their
patients, and the policy's words. Dates that an earlier version asked about get what their findings kept of their events.
*/
alter table policy_days add column events bigint;
alter table policy_days add column returned bigint;         -- records that prints and exports returned
alter table policy_days add column first_at timestamp;
alter table policy_days add column last_at timestamp;
alter table policy_days add column patient_ids varchar[];
alter table policy_days add column sentence varchar;        -- JSON: the reason's words, how its columns are told
create temp table kept_firings as
select
    fired.business_date,
    fired.policy_id,
    fired.user_id,
    min(kept.local_time) as first_at,
    max(kept.local_time) as last_at,
    list(distinct kept.patient_id order by kept.patient_id) filter (
        kept.patient_id is not null and kept.action not in ('login', 'logout', 'other')
    ) as patient_ids
from (
    select business_date, policy_id, user_id, unnest(event_ids) as event_id
    from policy_days
    where user_id is not null
) as fired
join (select distinct event_id, local_time, patient_id, action from finding_events) as kept using (event_id)
group by all;
update policy_days
set
    events = coalesce(try_cast(json_extract_string(reason_values, '$.events') as bigint), len(event_ids)),
    returned = if(records > patients, records, 0),
    first_at = coalesce(
        kept_firings.first_at, try_cast(json_extract_string(reason_values, '$.first_at') as timestamp)
    ),
    last_at = coalesce(kept_firings.last_at, try_cast(json_extract_string(reason_values, '$.last_at') as timestamp)),
    patient_ids = coalesce(kept_firings.patient_ids, [])
from kept_firings
where
    policy_days.business_date = kept_firings.business_date
    and policy_days.policy_id = kept_firings.policy_id
    and policy_days.user_id = kept_firings.user_id;
update policy_days
set
    events = coalesce(try_cast(json_extract_string(reason_values, '$.events') as bigint), len(event_ids)),
    returned = if(records > patients, records, 0),
    first_at = try_cast(json_extract_string(reason_values, '$.first_at') as timestamp),
    last_at = try_cast(json_extract_string(reason_values, '$.last_at') as timestamp),
    patient_ids = []
where events is null;
drop table kept_firings;
