-- reads   finding_events, events
-- gives   rows: one row per event that a finding rests on, in the order of time: who, what, on which record, from
--          where, and its place in the log
-- columns event_id varchar, local_time timestamp, user_id varchar, user_name varchar, patient_id varchar, action
--          varchar, category varchar, record_count bigint, query_by varchar, outcome varchar, client_ip varchar,
--          workstation varchar, application varchar, reason varchar, explanation varchar, source varchar, file_id
--          integer, path varchar, row_number bigint, byte_position bigint, raw varchar, is_decoy boolean
-- params  $finding, $before, $decoys
-- note    what only the log knows (address, workstation …) is null where its rows were purged since
select
    kept.event_id,
    kept.local_time,
    logged.user_id,
    logged.user_name,
    kept.patient_id,
    kept.action,
    kept.category,
    logged.record_count,
    logged.query_by,
    logged.outcome,
    logged.client_ip,
    logged.workstation,
    logged.application,
    logged.reason,
    kept.explanation,
    kept.source,
    logged.file_id,
    kept.path,
    kept.row_number,
    kept.byte_position,
    kept.raw,
    kept.patient_id is not null and kept.patient_id in (select unnest($decoys::varchar[])) as is_decoy
from finding_events as kept
left join (
    select *
    from events
    where event_id in (select event_id from finding_events where finding_id = $finding)
) as logged using (event_id)
where kept.finding_id = $finding and kept.local_time < $before
order by kept.local_time, kept.event_id
