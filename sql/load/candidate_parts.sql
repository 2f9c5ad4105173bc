-- reads   typed_rows, event_parts
-- gives   rows: one row per part of this source, under any of its names, that may hold an id of the chunk, in order
-- columns path varchar
-- params  $source, $names
-- note    a derived id stands for one time, so only parts of that time matter; any other id may come back at any time.
--          $names are what the source is and was called: an id is compared as it would be under its present name
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
    list_contains($names::varchar[], part.source)
    -- a made-unique id sorts behind its base
    and $source || substring(part.lowest_id, strpos(part.lowest_id, ':')) <= given.highest || '~~'
    and $source || substring(part.highest_id, strpos(part.highest_id, ':')) >= given.lowest
    and (not given.is_derived or part.last_time >= given.first_time and part.first_time <= given.last_time)
order by part.part_id
