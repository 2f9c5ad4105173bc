-- reads   typed_rows, resolved
-- gives   rows: one row per row of the chunk, in order: the columns of an event that are not texts of the log, variant
--          (1, or the number that makes a contested identity unique), and is_event
-- columns row_number bigint, event_id varchar, event_time timestamp, local_time timestamp, business_date date, variant
--          integer, is_event boolean
-- note    resolved has a row for each row whose identity is contested
select
    typed_rows.row_number,
    coalesce(resolved.event_id, typed_rows.base_id) as event_id,
    typed_rows.event_time,
    typed_rows.local_time,
    typed_rows.business_date,
    coalesce(resolved.variant, 1)::integer as variant,
    typed_rows.problem is null and coalesce(resolved.fate, 'new') = 'new' as is_event
from typed_rows
left join resolved on typed_rows.row_number = resolved.row_number
order by typed_rows.row_number
