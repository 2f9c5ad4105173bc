-- reads   typed_rows, event_parts
-- gives   rows: one row per part of this source that may hold an id of the chunk, in order
-- columns path varchar
-- params  $source
-- note    a derived id stands for one time, so only parts of that time matter; any other id may come back at any time
with given as (
    select
        min(base_id) as lowest,
        max(base_id) as highest,
        bool_and(is_derived) as is_derived,
        min(event_time) as first_time,
        max(event_time) as last_time
    from typed_rows
    where problem is null
)

select part.path
from event_parts as part, given
where
    part.source = $source
    and part.lowest_id <= given.highest || '~~'  -- a made-unique id sorts behind its base
    and part.highest_id >= given.lowest
    and (not given.is_derived or part.last_time >= given.first_time and part.first_time <= given.last_time)
order by part.part_id
