-- reads   account_days
-- gives   rows: one row per account-day of everybody
-- params  $oldest, $night
select *
from account_days
where business_date between $oldest and $night
order by business_date, user_id
