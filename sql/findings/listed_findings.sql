-- reads   findings, finding_events
-- gives   rows: one row per finding, with the ids of its events in their order, the highest risk first
-- columns findings.*, event_ids varchar[]
-- params  $since, $status, $alerts_only, $identity
-- note    a parameter that is null takes all findings
with events as (
    select finding_id, list(event_id order by rank) as event_ids
    from finding_events
    where $identity is null or finding_id = $identity
    group by finding_id
)

select findings.*, coalesce(events.event_ids, []) as event_ids
from findings
left join events using (finding_id)
where
    ($since is null or last_seen_on >= $since)
    and ($status is null or status = $status)
    and (alert or not $alerts_only)
    and ($identity is null or finding_id = $identity)
order by risk desc, detected_on, finding_id
