/*
Reads  `typed_rows` of a chunk in which no identity is contested.
Gives  the same as `new_events.sql`.
*/
select
    row_number, base_id as event_id, event_time, local_time, business_date, 1::integer as variant,
    problem is null as is_event
from typed_rows;
