-- reads   a dated context table, stored or just read, in place of {table}
-- gives   rows: one row
-- columns rows bigint, valid bigint, later bigint, first_start timestamp
-- params  $day
-- note    valid on the business date are rows that have started by its end and have not ended before it; later are
--          those that start afterwards
select
    count(*) as rows,
    count(*) filter (
        where coalesce(starts_at < $day::date + 1, true)
        and coalesce(ends_at > $day or starts_at >= $day, true)
    ) as valid,
    count(*) filter (where starts_at >= $day::date + 1) as later,
    min(starts_at) as first_start
from {table}
