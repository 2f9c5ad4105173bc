-- reads   events, staff, account_spans, policy_days
-- gives   rows: one row: accounts of people that the staff table has as active on the period's last date, and those of
--          them without any event in the period; accounts seen before it and not in it; accounts at work in it that no
--          row of the staff table is about; accounts that a policy found to be of leavers or long unused, or shared
-- columns staff bigint, unused bigint, gone bigint, unlisted bigint, closed bigint, shared bigint
-- params  $first, $last
with at_work as (
    select distinct user_id
    from events
    where business_date between $first and $last and not is_nobody(user_id)
),

active as (
    select distinct user_id
    from staff
    where
        account_type = 'human'
        and status <> 'left'
        and coalesce(starts_at, timestamp '-infinity') < $last::date + interval 1 day
        and coalesce(ends_at, timestamp 'infinity') > $last::date
)

select
    (select count(*) from active) as staff,
    (select count(*) from active where user_id not in (select user_id from at_work)) as unused,
    (
        select count(*)
        from account_spans
        where first_seen_on < $first and not is_nobody(user_id) and user_id not in (select user_id from at_work)
    ) as gone,
    (select count(*) from at_work where user_id not in (select user_id from staff)) as unlisted,
    (
        select count(distinct user_id)
        from policy_days
        where pattern = 'inactive-account' and business_date between $first and $last
    ) as closed,
    (
        select count(distinct user_id)
        from policy_days
        where pattern = 'shared-credentials' and business_date between $first and $last
    ) as shared
