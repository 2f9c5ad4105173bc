-- reads   event_parts, purged_parts
-- gives   rows: one row: the oldest and the newest business date of events in the store, and whether older ones were
--          purged; null without any
-- columns first date, last date, purged boolean
select
    min(first_date) as first,
    max(last_date) as last,
    exists (select 1 from purged_parts) as purged
from event_parts
where source not like 'context:%'
