-- reads   outbox, acknowledged, refused
-- gives   rows: one row per row of the outbox that a target is still to be sent, oldest change first, with what the
--          change is to this target: it may have missed the states between
-- columns key varchar, sequence bigint, kind varchar, revision integer, recorded_at timestamp, change varchar, status
--          varchar, digest varchar, content varchar
-- params  $include_below_alert, $health_from, $since
-- note    acknowledged and refused (key, digest, status) are what this target acknowledged or finally refused
select
    outbox.key,
    outbox.sequence,
    outbox.kind,
    outbox.revision,
    outbox.recorded_at,
    case
        when outbox.kind = 'health' then 'health'
        when outbox.status <> 'open' and (outbox.status is distinct from acknowledged.status) then 'decided'
        when acknowledged.key is null then 'created'
        else 'updated'
    end as change,
    outbox.status,
    outbox.digest,
    outbox.content
from outbox
left join acknowledged using (key)
left join refused using (key)
where
    acknowledged.digest is distinct from outbox.digest
    and refused.digest is distinct from outbox.digest
    and (outbox.kind = 'health' or outbox.alert or $include_below_alert)
    and (outbox.kind <> 'health' or coalesce(outbox.sequence >= $health_from, false))
    and ($since is null or outbox.business_date >= $since)
order by outbox.sequence
