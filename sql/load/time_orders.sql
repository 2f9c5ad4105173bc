-- reads   typed_rows, canonical_rows, time_orders
-- gives   time_orders: for each order of day and month that a row of the chunk has and none of the source had, the first
-- params  $source, $names, $file_id, $path, $latest
-- note    a year that no event can have, such as 9999 for "never", says nothing
insert into time_orders by name
select
    $source as source,
    typed_rows.time_order,
    $file_id as file_id,
    $path as path,
    min(typed_rows.row_number) as row_number,
    left(arg_min(canonical_rows.event_time, typed_rows.row_number), 100) as event_time
from typed_rows
join canonical_rows using (row_number)
where
    typed_rows.time_order in ('day_first', 'month_first')
    and coalesce(
        try_cast(regexp_extract(canonical_rows.event_time, '\d{4}') as integer) between 1970 and year($latest), true
    )
    and typed_rows.time_order not in (
        select time_order
        from time_orders
        where source in (select unnest($names::varchar[]))
    )
group by typed_rows.time_order
