-- reads   events, suspicions
-- gives   suspicion_events: one row per event of a suspicious access of $dates, with its place in the logs
-- params  $dates
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
semi join suspicions using (business_date, user_id, patient_id)
where events.business_date in (select unnest($dates::date[]))
order by events.business_date, events.user_id, events.patient_id, events.local_time, events.event_id
