-- reads   night_events, source_names, files
-- gives   number_steps: one row per pair of the night's rows that follow one another by the running numbers of their log:
--          how far the numbers are apart, and by how many rows the file accounts for that (rows in quarantine and
--          duplicates are no loss)
-- columns source varchar, before_id varchar, after_id varchar, before_at timestamp, after_at timestamp, apart bigint,
--          rows_apart bigint
-- note    numbers are the digits at the end of a log's own ids; further events of a row (#2, ~2) have none
with numbered as (
    select
        coalesce(source_names.source, night_events.source) as source,
        night_events.file_id,
        night_events.row_number,
        night_events.event_id,
        night_events.local_time,
        files.rows_read,
        regexp_extract(night_events.event_id, '^(.*?)([0-9]{1,18})$', 1) as series,
        regexp_extract(night_events.event_id, '^(.*?)([0-9]{1,18})$', 2)::bigint as number
    from night_events
    left join source_names on night_events.source = source_names.former
    left join files on night_events.file_id = files.file_id
    where regexp_matches(night_events.event_id, '^[^#~]*[0-9]$')
),

with_before as (
    select
        *,
        lag(event_id) over numbers as before_id,
        lag(local_time) over numbers as before_at,
        lag(number) over numbers as number_before,
        lag(file_id) over numbers as file_before,
        lag(row_number) over numbers as row_before,
        lag(rows_read - row_number) over numbers as rows_left_before
    from numbered
    window numbers as (partition by source, series order by number, file_id, row_number)
),

following as (
    select
        source,
        event_id as after_id,
        local_time as after_at,
        before_id,
        before_at,
        number - number_before as apart,
        coalesce(file_id, 0) = coalesce(file_before, 0) as same_file,
        row_number - row_before as rows_apart,
        row_number + coalesce(rows_left_before, 0) as rows_between_files
    from with_before
)

select
    source,
    before_id,
    after_id,
    before_at,
    after_at,
    apart,
    greatest(if(same_file, abs(rows_apart), rows_between_files), 1) as rows_apart
from following
-- files of several machines run side by side
where apart > 0 and (same_file or after_at >= before_at)
