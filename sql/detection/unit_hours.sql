-- reads   facts
-- gives   rows: one row per (department, user_id) with enough colleagues: between which hours of the day they opened
--          records on the judged dates
-- columns department varchar, user_id varchar, first_hour bigint, last_hour bigint
-- params  $least
-- note    without $least colleagues nobody knows when the unit works
with people as (
    select
        department,
        user_id,
        min(date_part('hour', first_at)) as first_hour,
        max(date_part('hour', last_at)) as last_hour
    from facts
    where account_type = 'human'
    group by department, user_id
)

select
    people.department,
    people.user_id,
    min(colleagues.first_hour) as first_hour,
    max(colleagues.last_hour) as last_hour
from people
join people as colleagues
    on people.department = colleagues.department and people.user_id <> colleagues.user_id
group by people.department, people.user_id
having count(*) >= $least
order by people.department, people.user_id
