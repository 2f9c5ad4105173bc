-- reads   night_events, source_names
-- gives   row_steps: one row per event of the night, with the event before it in the same file
-- columns source varchar, file_id integer, row_number bigint, event_id varchar, user_id varchar, local_time timestamp,
--          before_id varchar, before_at timestamp
with rows_of_file as (
    select
        night_events.*,
        lag(event_id) over file as before_id,
        lag(local_time) over file as before_at
    from night_events
    window file as (partition by source, file_id order by row_number, event_id)
)

select
    coalesce(source_names.source, rows_of_file.source) as source,
    rows_of_file.file_id,
    rows_of_file.row_number,
    rows_of_file.event_id,
    rows_of_file.user_id,
    rows_of_file.local_time,
    rows_of_file.before_id,
    rows_of_file.before_at
from rows_of_file
left join source_names on rows_of_file.source = source_names.former
