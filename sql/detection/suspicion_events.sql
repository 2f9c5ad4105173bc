-- reads   events, suspicions
-- gives   suspicion_events: one row per event of a suspicious access of $date, with its place in the logs
-- params  $date
select
    events.business_date,
    events.user_id,
    events.patient_id,
    events.event_id,
    events.local_time,
    events.action,
    events.category,
    events.source,
    events.file_id,
    events.row_number,
    events.byte_position,
    events.raw
from events
semi join (from suspicions where business_date = $date) as suspicions using (user_id, patient_id)
where events.business_date = $date
order by events.user_id, events.patient_id, events.local_time, events.event_id
