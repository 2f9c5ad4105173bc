-- reads   typed_rows, earlier_events
-- gives   contested: one row per identity that occurs more than once in the chunk or exists already
-- columns base_id varchar
-- note    earlier_events are the events of the parts that may hold an id of the chunk
select base_id
from typed_rows
where problem is null
group by base_id
having count(*) > 1
union
select base_id
from typed_rows
where problem is null and base_id in (select event_id from earlier_events)
