-- reads   evidence_days
-- gives   evidence_days: its rows of the accounts $users
-- params  $users, $oldest, $night
select *
from evidence_days
where user_id in (select unnest($users)) and business_date between $oldest and $night
order by business_date, user_id
