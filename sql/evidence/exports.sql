-- reads   events, finding_events
-- gives   rows: one row: prints and exports of a finding that name no patient, the records that they returned, and the
--          decoys that it touches, which are nobody's records
-- columns events bigint, records bigint, decoys bigint
-- params  $finding, $before, $decoys
with kept as (
    select *
    from finding_events
    where finding_id = $finding and local_time < $before
)

select
    count(*) filter (kept.patient_id is null and kept.action in ('print', 'export')) as events,
    coalesce(
        sum(events.record_count) filter (kept.patient_id is null and kept.action in ('print', 'export')), 0
    )::bigint as records,
    count(distinct kept.patient_id) filter (kept.patient_id in (select unnest($decoys::varchar[]))) as decoys
from kept
left join events using (event_id)
