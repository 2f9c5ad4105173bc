-- reads   holders
-- gives   rows: one row per holder of an account that has had more than one
-- columns user_id varchar, holder varchar, number integer, since date, until date
select user_id, holder, number, since, until
from holders
where user_id in (select user_id from holders where number > 1)
order by user_id, number
