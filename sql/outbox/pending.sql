/*
Reads outbox, and what one target has acknowledged or finally refused (`acknowledged`, `refused`: key, digest, status).
Gives the rows that this target is still to be told, oldest change first, each with what the change is to this target:
it may have missed the states between.
*/
select
    outbox.key,
    outbox.sequence,
    outbox.kind,
    outbox.revision,
    outbox.recorded_at,
    case
        when outbox.kind = 'health' then 'health'
        when outbox.status <> 'open' and outbox.status is distinct from acknowledged.status then 'decided'
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
    and (outbox.kind = 'health' or outbox.alert or $every)
    and (outbox.kind <> 'health' or coalesce(outbox.sequence >= $health_from, false))
    and ($since is null or outbox.business_date >= $since)
order by outbox.sequence
