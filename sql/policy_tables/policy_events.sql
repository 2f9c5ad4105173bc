-- reads   night_events, policy_days
-- gives   policy_events: one row per event that a policy fired on at $date
-- params  $date
select event_id, local_time, patient_id, action, category, source, file_id, row_number, byte_position, raw
from night_events
where event_id in (select unnest(event_ids) from policy_days where business_date = $date)
order by event_id
