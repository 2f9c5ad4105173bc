-- reads   patient_days
-- gives   rows: one row per role and kind of data, or kind of operation, that people of the role used before the period
--          and nobody of it in the period: by how many accounts, and when last
-- columns role varchar, kind varchar, used varchar, accounts bigint, last_on date, role_accounts bigint
-- params  $first, $last
-- note    only roles that were at work in the period. Logs show what was used, never what was granted
with opened as (
    select
        business_date,
        user_id,
        coalesce(role, '') as role,
        string_split(coalesce(categories, ''), '|') as categories,
        list_filter(
            [
                if(printed, 'print', ''), if(exported, 'export', ''), if(searched, 'search', ''),
                if(wrote, 'update', ''), if(broke_glass, 'break_glass', '')
            ],
            lambda action: action <> ''
        ) as actions
    from patient_days
    where business_date <= $last and account_type = 'human'
),

uses as (
    select business_date, user_id, role, 'category' as kind, unnest(categories) as used
    from opened
    union all
    select business_date, user_id, role, 'action' as kind, unnest(actions) as used
    from opened
),

at_work as (
    select role, count(distinct user_id) as role_accounts
    from opened
    where business_date >= $first
    group by role
)

select
    uses.role,
    uses.kind,
    uses.used,
    count(distinct uses.user_id) as accounts,
    max(uses.business_date) as last_on,
    any_value(at_work.role_accounts) as role_accounts
from uses
join at_work using (role)
where uses.used <> ''
group by uses.role, uses.kind, uses.used
having max(uses.business_date) < $first
order by uses.role, uses.kind desc, uses.used
