-- reads   events, account_days, approvals, site_rules
-- gives   rows: one row: what would change had one account been able to export, and print on lists, $limit records a day
--          at most: the records beyond that which no approval and no duty covers, those of authorised offices, which
--          nobody approved; days of accounts beyond it that an approval or the turn of the month covers, and the accounts
-- columns fewer bigint, usual bigint, hindered bigint, accounts bigint
-- params  $first, $last, $limit
-- note    lists name no patient: records are counted, and the same patient may be in several
with copied as (
    select
        events.business_date,
        events.user_id,
        any_value(account_days.department) as department,
        sum(events.record_count)::bigint as records
    from events
    join account_days using (business_date, user_id)
    where
        events.business_date between $first and $last
        and account_days.account_type = 'human'
        and events.outcome = 'success'
        and (events.action = 'export' or (events.action = 'print' and events.record_count > 1))
    group by events.business_date, events.user_id
    having sum(events.record_count) > $limit
),

covered as (
    select
        copied.*,
        coalesce(
            list_contains(site_rules.office_codes, upper(copied.department))
            or has_word(copied.department, site_rules.office_words),
            false
        ) as office,
        in_turn(
            date_part('day', copied.business_date), site_rules.month_end_from, site_rules.month_end_to
        ) as month_end,
        exists (
            select 1
            from approvals
            where
                approvals.user_id = copied.user_id
                and coalesce(approvals.starts_at, timestamp '-infinity') < copied.business_date + interval 1 day
                and coalesce(approvals.ends_at, timestamp 'infinity') > copied.business_date
                and (
                    coalesce(approvals.patterns, '') = ''
                    or list_contains(string_split(approvals.patterns, '|'), 'bulk-export')
                )
        ) as approved
    from copied
    cross join site_rules
),

labelled as (
    select
        *,
        approved or (office and month_end) as grounded
    from covered
)

select
    coalesce(sum(records - $limit) filter (not grounded and not office), 0)::bigint as fewer,
    coalesce(sum(records - $limit) filter (not grounded and office), 0)::bigint as usual,
    count(*) filter (grounded) as hindered,
    count(distinct user_id) filter (grounded) as accounts
from labelled
