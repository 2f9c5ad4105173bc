-- reads   events
-- gives   rows: of a source's sample the first row of each action, of the first three actions
-- columns row_number bigint, event_time varchar, user_id varchar, patient_id varchar, action varchar, category varchar,
--          record_count bigint, query_by varchar, client_ip varchar, outcome varchar
-- params  $source, $rows
-- note    $rows are the rows to choose from; of a row that became several events the first is shown
with chosen as (
    select
        row_number,
        strftime(local_time, '%Y-%m-%d %H:%M:%S') as event_time,
        user_id,
        patient_id,
        action,
        category,
        record_count,
        query_by,
        client_ip,
        outcome
    from events
    where source = $source and list_contains($rows, row_number)
    qualify row_number() over (partition by events.row_number order by event_id) = 1
)

select *
from chosen
qualify row_number() over (partition by action order by chosen.row_number) = 1
order by row_number
limit 3
