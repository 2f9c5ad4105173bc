/*
Reads  `typed_rows`, and `resolved` where some identity is contested.
Gives  the new events of the chunk, one row each, in the order of the file: the columns of the view `events`, then
       `variant` (1, or the number that makes a contested identity unique).
*/
select
    $source as source,
    $file_id::integer as file_id,
    row_number, byte_position, raw,
    {event_id} as event_id,
    event_time, local_time, business_date,
    user_id, user_name, user_department, user_role, patient_id, patient_department, visit_id,
    action, category, record_count, query_by, client_ip, workstation, application, session_id,
    outcome, reason,
    {variant} as variant
from typed_rows
{resolved}
where problem is null
order by row_number
