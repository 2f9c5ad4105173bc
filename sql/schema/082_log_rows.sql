-- gives   event_parts: with the rows of the log that its events are of, fewer where rows name several patients; null in
--          parts that were loaded before: as many as events
alter table event_parts add column log_rows bigint;
