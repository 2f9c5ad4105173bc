-- reads   findings, rekeyed_accounts
-- gives   rows: one row per account of $users that has a finding: the newest, under whatever account
-- columns user_id varchar, finding_id varchar
-- params  $users
with about as (
    select
        findings.finding_id,
        findings.detected_on,
        coalesce(rekeyed_accounts.canonical_id, findings.user_id) as user_id
    from findings
    left join rekeyed_accounts on findings.user_id = rekeyed_accounts.user_id
)

select user_id, arg_max(finding_id, detected_on) as finding_id
from about
where user_id in (select unnest($users))
group by user_id
order by user_id
