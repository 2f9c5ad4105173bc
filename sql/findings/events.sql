-- reads   suspicion_events, policy_events, files, wanted_accesses, wanted_events
-- gives   rows: one row per event behind a finding, the strongest first: policies' before accesses by weight
-- columns event_id varchar, local_time timestamp, patient_id varchar, action varchar, category varchar, source varchar,
--          path varchar, row_number bigint, byte_position bigint, raw varchar, explanation varchar, surprisal integer
-- params  $limit
-- note    wanted_accesses (business_date, user_id, patient_id, explanation, surprisal, weight) and wanted_events
--          (event_id) are frames of the caller; policy_events has tonight's events only, earlier ones were kept when
--          their policies fired
with by_policy as (
    select policy_events.*, null::varchar as explanation, null::integer as surprisal, 'infinity'::double as weight
    from policy_events
    semi join wanted_events using (event_id)
),

by_access as (
    select suspicion_events.*, explanation, surprisal, weight::double as weight
    from suspicion_events
    join wanted_accesses using (business_date, user_id, patient_id)
),

all_events as (
    from by_policy
    union all by name
    select * exclude (business_date, user_id)
    from by_access
)

select
    event_id,
    local_time,
    patient_id,
    action,
    category,
    all_events.source,
    coalesce(files.path, '') as path,
    row_number,
    byte_position,
    raw,
    explanation,
    surprisal
from all_events
left join files using (file_id)
qualify row_number() over (partition by event_id order by weight desc) = 1
order by weight desc, local_time, event_id
limit $limit
