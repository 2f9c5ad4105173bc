-- reads   number_steps
-- gives   number_holes: one row per place at which numbers are missing on the night, of logs that count at all
-- note    a jump: so many more numbers than rows could be written meanwhile are numbers that a database had set aside and
--          lost when it was restarted (SQL Server 1,000 or 10,000, Oracle its cache, PostgreSQL up to 32)
with paces as (
    select source, count(*) / greatest(epoch(max(after_at) - min(before_at)), 1) as rows_per_second
    from number_steps
    group by source
    having count(*) filter (apart <= rows_apart) >= 0.1 * count(*)
)

select
    number_steps.source,
    number_steps.apart - number_steps.rows_apart as missing,
    least(number_steps.before_at, number_steps.after_at) as starts_at,
    greatest(number_steps.before_at, number_steps.after_at) as ends_at,
    number_steps.before_id,
    number_steps.after_id,
    number_steps.apart - number_steps.rows_apart
    > 20 * (1 + paces.rows_per_second * abs(epoch(number_steps.after_at - number_steps.before_at))) as jump
from number_steps
join paces using (source)
where number_steps.apart > number_steps.rows_apart
