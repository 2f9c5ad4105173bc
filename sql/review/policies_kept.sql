-- reads   policy_texts, policy_days, findings
-- gives   rows: one row per policy text that is kept, or that something which fired names: its content, null where it is
--          not kept, and whether nothing that fired, and no finding, knows its text as that policy and version
-- columns sha256 varchar, policy_id varchar, content varchar, is_other boolean
-- note    what fired again on late rows may know the same text by the name of a file that was renamed; a finding keeps
--          the earlier name
with fired as (
    select distinct sha256, policy_id, version
    from policy_days
    where sha256 is not null
),

methods as (
    select from_json(method -> 'policies', '[{"sha256": "VARCHAR", "id": "VARCHAR", "version": "INTEGER"}]') as policies
    from findings
),

used as (
    select unnest(policies, recursive := true)
    from methods
),

named as (
    from fired
    union distinct
    from used
)

select
    coalesce(policy_texts.sha256, noted.sha256) as sha256,
    policy_texts.policy_id,
    policy_texts.content,
    policy_texts.sha256 in (select sha256 from named where sha256 is not null)
    and (policy_texts.sha256, policy_texts.policy_id, policy_texts.version) not in (
        select (sha256, policy_id, version) from named where sha256 is not null
    ) as is_other
from policy_texts
full join (select distinct sha256 from fired) as noted on policy_texts.sha256 = noted.sha256
order by policy_texts.policy_id, sha256
