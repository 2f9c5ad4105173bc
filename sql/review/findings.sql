-- reads   decisions, published_findings
-- gives   findings: one row per finding, with the status that the last decision about it gave it
-- note    published_findings are those of the published copy; the decisions are those of the trail as it is now
with last_decisions as (
    select finding_id, arg_max(disposition, sequence) as disposition
    from decisions
    group by finding_id
)

select findings.* replace (coalesce(last_decisions.disposition, findings.status) as status)
from published_findings as findings
left join last_decisions using (finding_id)
