-- reads   a dated context table as stored, in place of {stored}, and as just read, in place of {table}
-- gives   rows: one row
-- columns held bigint, lost bigint
-- params  $day
-- note    of the stored rows that are valid on the business date, how many there are, and how many the new file lacks;
--          {columns} are all but the end, which becomes known only later
with held as (
    select {columns}
    from {stored}
    where
        coalesce(starts_at < $day::date + 1, true)
        and coalesce(ends_at > $day or starts_at >= $day, true)
),

lost as (
    select {columns} from held
    except all
    select {columns} from {table}
)

select
    (select count(*) from held) as held,
    (select count(*) from lost) as lost
