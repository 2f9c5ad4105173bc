/*
Reads findings of the published copy ($catalog) and decisions as the trail has them now.
Gives findings: one row per finding, with the status that the last decision about it gave it.
*/
with last_decisions as (
    select finding_id, arg_max(disposition, (decided_at, number)) as disposition
    from temp.decisions
    group by finding_id
)

select findings.* replace (coalesce(last_decisions.disposition, findings.status) as status)
from $catalog.main.findings as findings
left join last_decisions using (finding_id)
