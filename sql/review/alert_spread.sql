-- reads   account_days, findings, finding_holders, roster
-- gives   rows: one row per role, department and night work of people: how many accounts were at work from $first to
--          $last, and about how many of them an alert of that time was decided as nothing that is held against them
-- columns role varchar, department varchar, night boolean, accounts bigint, unconfirmed bigint
-- params  $first, $last, $findings
-- note    $findings are the findings that were decided so. An account counts in one row, where it belonged on its last
--          date; night is whether the roster has it over midnight, null without a roster: until midnight is not over it,
--          and what lasts longer than a day is no shift
with homes as (
    select
        user_id,
        last(account_type = 'human' order by business_date, account_type) as people,
        last(coalesce(department, '') order by business_date, department) as department,
        last(coalesce(role, '') order by business_date, role) as role
    from account_days
    where business_date between $first and $last
    group by user_id
),

shifts as (
    select
        user_id,
        ends_at - starts_at <= interval 1 day
        and starts_at::date < (ends_at - interval 1 second)::date as over_midnight
    from roster
    where starts_at < $last::date + 1 and ends_at > $first::date
),

told as (
    select distinct finding_holders.user_id
    from findings
    join finding_holders using (finding_id)
    where list_contains($findings, findings.finding_id) and findings.alerted_on between $first and $last
)

select
    role,
    department,
    case
        when exists (select 1 from shifts)
            then user_id in (select shifts.user_id from shifts where shifts.over_midnight)
    end as night,
    count(*) as accounts,
    count(*) filter (user_id in (select told.user_id from told)) as unconfirmed
from homes
where people
group by role, department, night
order by role, department, night
