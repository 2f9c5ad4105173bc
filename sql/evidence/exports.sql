/*
Reads  `finding_events`, `events`.
Gives  one row: lists, prints and exports of a finding that name no patient, and the records that they returned.
*/
select count(*) as events, coalesce(sum(events.record_count), 0)::bigint as records
from finding_events as kept
left join events using (event_id)
where kept.finding_id = $finding and kept.patient_id is null and kept.local_time < $before;
