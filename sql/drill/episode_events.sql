-- reads   planted_rows, episode_labels
-- gives   episode_events: one row per planted event up to the first alert about its episode, all where there was none,
--          with the episode's label
-- columns events.*, label varchar
select planted_rows.*, episode_labels.label
from planted_rows
join episode_labels using (event_id)
where episode_labels.counts_until is null or planted_rows.business_date <= episode_labels.counts_until
