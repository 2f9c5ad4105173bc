-- reads   findings, decisions, rekeyed_accounts
-- gives   rows: one row per account none of whose episodes is open: the date up to which its evidence belongs to them
-- columns user_id varchar, through date
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
        coalesce(rekeyed_accounts.canonical_id, findings.user_id) as user_id,
        findings.last_seen_on,
        findings.status in (select unnest($closed)) as is_closed,
        decided.through
    from findings
    left join decided using (finding_id)
    left join rekeyed_accounts on findings.user_id = rekeyed_accounts.user_id
    where findings.subject = 'account'
)

select user_id, greatest(max(last_seen_on), max(through) filter (is_closed)) as through
from episodes
group by user_id
having bool_and(is_closed or last_seen_on < $quiet)
order by user_id
