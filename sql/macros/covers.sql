-- gives  covers(starts_at, ends_at, first_at, last_at, early, late): whether a row of context with a beginning and an
--          end covers what happened from first_at to last_at; intervals: it counts so much before it starts and so
--          long after it ends
-- note   no beginning is -infinity, no end is infinity
create or replace temp macro covers(starts_at, ends_at, first_at, last_at, early, late) as
coalesce(starts_at, timestamp '-infinity') <= last_at + early
and coalesce(ends_at, timestamp 'infinity') >= first_at - late;
