-- reads   dates, account_days
-- gives   rows: one row: the business dates judged up to $last, and how many accesses of how many accounts that were
-- columns first date, days bigint, accesses bigint, accounts bigint
-- params  $last
select
    min(business_date) filter (not coalesce(late, false)) as first,
    count(*) as days,
    coalesce(sum(accesses), 0)::bigint as accesses,
    (
        select count(distinct user_id)
        from account_days
        where business_date <= $last
    ) as accounts
from dates
where business_date <= $last
