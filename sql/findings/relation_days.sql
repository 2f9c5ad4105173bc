-- reads   label_days
-- gives   rows: one row per (business_date, user_id, label) of the relation view: how many patients had the label
-- columns business_date date, user_id varchar, label varchar, patients integer
-- params  $users, $oldest, $night
select business_date, user_id, label, patients
from label_days
where view = 'relation' and user_id in (select unnest($users)) and business_date between $oldest and $night
order by all
