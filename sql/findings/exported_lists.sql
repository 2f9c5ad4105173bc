-- reads   events, files
-- gives   rows: one row per export, or print of several records, of the account $user on $dates, the largest first
-- columns event_id varchar, local_time timestamp, patient_id varchar, action varchar, category varchar, source varchar,
--          path varchar, row_number bigint, byte_position bigint, raw varchar, explanation varchar, surprisal integer
-- params  $user, $dates
select
    events.event_id,
    events.local_time,
    events.patient_id,
    events.action,
    events.category,
    events.source,
    coalesce(files.path, '') as path,
    events.row_number,
    events.byte_position,
    events.raw,
    null::varchar as explanation,
    null::integer as surprisal
from events
left join files using (file_id)
where
    events.business_date in (select unnest($dates::date[]))
    and events.user_id = $user
    and events.outcome = 'success'
    and (events.action = 'export' or (events.action = 'print' and events.record_count > 1))
order by events.record_count desc, events.local_time, events.event_id
