-- reads   a staff table, stored or just read, in place of {table}
-- gives   rows: one row
-- columns rows bigint, active bigint
-- params  $day
-- note    active: accounts that have not left by the business date, as their rows say
select
    count(*) as rows,
    count(distinct user_id) filter (where status <> 'left' and (ends_at is null or ends_at > $day)) as active
from {table}
