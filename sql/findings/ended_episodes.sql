-- reads   findings, decisions, finding_holders
-- gives   rows: one row per holder of an account none of whose episodes is open: the date up to which the evidence
--          belongs to them
-- columns holder varchar, through date
-- params  $closed, $quiet
-- note    what an officer decided on is all that was known by then, also what was seen after the finding's last date;
--          an open finding without new evidence since $quiet has ended as well
with decided as (
    select finding_id, arg_max(through, sequence) as through
    from decisions
    group by finding_id
),

episodes as (
    select
        finding_holders.holder,
        findings.last_seen_on,
        findings.status in (select unnest($closed)) as is_closed,
        decided.through
    from findings
    join finding_holders using (finding_id)
    left join decided using (finding_id)
)

select holder, greatest(max(last_seen_on), max(through) filter (is_closed)) as through
from episodes
group by holder
having bool_and(is_closed or last_seen_on < $quiet)
order by holder
