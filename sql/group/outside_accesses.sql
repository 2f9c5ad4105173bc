-- reads   policy_days
-- gives   rows: one row per account on a business date that worked from addresses outside, which nobody approved
-- columns business_date date, user_id varchar, addresses varchar[]
-- params  $since, $until, $pattern
select
    business_date,
    user_id,
    from_json(reason_values -> 'addresses', '["varchar"]') as addresses
from policy_days
where
    pattern = $pattern
    and approval is null
    and user_id is not null
    and business_date between $since and $until
order by business_date, user_id
