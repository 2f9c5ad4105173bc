/*
Reads  `typed_rows`, and `resolved`, which has a row for each row whose identity is contested.
Gives  `new_events`: the new events of the chunk, one row each, in the order of the file: the columns of the view
       `events`, then `variant` (1, or the number that makes a contested identity unique).
*/
create or replace temp view new_events as
select
    {source} as source,
    {file_id}::integer as file_id,
    typed_rows.row_number, byte_position, raw,
    coalesce(resolved.event_id, typed_rows.base_id) as event_id,
    event_time, local_time, business_date,
    user_id, user_name, user_department, user_role, patient_id, patient_department, visit_id,
    action, category, record_count, query_by, client_ip, workstation, application, session_id,
    outcome, reason,
    coalesce(resolved.variant, 1)::integer as variant
from typed_rows
left join resolved on resolved.row_number = typed_rows.row_number
where problem is null and coalesce(resolved.fate, 'new') = 'new'
order by typed_rows.row_number;
