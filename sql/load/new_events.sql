/*
Reads  `typed_rows`, and `resolved`, which has a row for each row whose identity is contested.
Gives  one row per row of the chunk, in order: the columns of an event that are not texts of the log, `variant` (1, or
       the number that makes a contested identity unique), and `is_event`.
*/
select
    typed_rows.row_number,
    coalesce(resolved.event_id, typed_rows.base_id) as event_id,
    event_time, local_time, business_date,
    coalesce(resolved.variant, 1)::integer as variant,
    problem is null and coalesce(resolved.fate, 'new') = 'new' as is_event
from typed_rows
left join resolved on resolved.row_number = typed_rows.row_number
order by typed_rows.row_number;
