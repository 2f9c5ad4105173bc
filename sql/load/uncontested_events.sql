-- reads   typed_rows
-- gives   rows: what new_events.sql gives, in order as well, for a chunk in which no identity is contested
-- columns row_number bigint, event_id varchar, event_time timestamp, local_time timestamp, business_date date, variant
--          integer, is_event boolean
select
    row_number,
    base_id as event_id,
    event_time,
    local_time,
    business_date,
    1::integer as variant,
    problem is null as is_event
from typed_rows
order by row_number
