-- reads   events, finding_events
-- gives   rows: one row: lists, prints and exports of a finding that name no patient, and the records that they
--          returned
-- columns events bigint, records bigint
-- params  $finding, $before
select
    count(*) as events,
    coalesce(sum(events.record_count), 0)::bigint as records
from finding_events as kept
left join events using (event_id)
where kept.finding_id = $finding and kept.patient_id is null and kept.local_time < $before
