-- reads   events, files, patient_days
-- gives   rows: one row per event of the account, patient, source and dates asked for (null: all), its file, and what
--          explains its access
-- columns source varchar, file varchar, row_number bigint, byte_position bigint, event_time varchar, local_time
--          varchar, business_date varchar, event_id varchar, user_id varchar, user_name varchar, user_department
--          varchar, user_role varchar, patient_id varchar, patient_department varchar, visit_id varchar, action
--          varchar, category varchar, record_count bigint, query_by varchar, client_ip varchar, workstation varchar,
--          application varchar, session_id varchar, outcome varchar, reason varchar, explanation varchar, state
--          varchar, surprise_bits double
-- params  $user, $patient, $source, $first, $last
-- note    without an order: the caller adds it
select
    events.source,
    files.path as file,
    events.row_number,
    events.byte_position,
    strftime(events.event_time, '%Y-%m-%dT%H:%M:%S.%gZ') as event_time,
    strftime(events.local_time, '%Y-%m-%d %H:%M:%S.%g') as local_time,
    strftime(events.business_date, '%Y-%m-%d') as business_date,
    events.event_id,
    events.user_id,
    events.user_name,
    events.user_department,
    events.user_role,
    events.patient_id,
    events.patient_department,
    events.visit_id,
    events.action,
    events.category,
    events.record_count,
    events.query_by,
    events.client_ip,
    events.workstation,
    events.application,
    events.session_id,
    events.outcome,
    events.reason,
    patient_days.explanation,
    patient_days.state,
    patient_days.surprisal / 1000 as surprise_bits
from events
left join files using (file_id)
left join patient_days using (business_date, user_id, patient_id)
where
    ($user is null or events.user_id = $user)
    and ($patient is null or events.patient_id = $patient)
    and ($source is null or events.source = $source)
    and ($first is null or events.business_date >= $first)
    and ($last is null or events.business_date <= $last)
