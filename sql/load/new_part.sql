/*
Reads  `new_events`.
Gives  one row of `event_parts`.
*/
insert into event_parts
select
    $part_id, $source, $file_id, $path, count(*), min(business_date), max(business_date),
    min(event_time), max(event_time), min(event_id), max(event_id), $derived, $renamed
from new_events
returning first_date, last_date;
