-- reads   events
-- gives   rows: one row: what the log says of the account $user; nulls and no events where it does not occur
-- columns user_name varchar, user_department varchar, user_role varchar, first_seen varchar, last_seen varchar, events
--          bigint
-- params  $user
select
    arg_max(user_name, event_time) filter (user_name is not null) as user_name,
    arg_max(user_department, event_time) filter (user_department is not null) as user_department,
    arg_max(user_role, event_time) filter (user_role is not null) as user_role,
    min(local_time)::varchar as first_seen,
    max(local_time)::varchar as last_seen,
    count(*) as events
from events
where user_id = $user
