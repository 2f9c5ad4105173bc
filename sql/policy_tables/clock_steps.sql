-- reads   row_steps
-- gives   clock_steps: one row per place in a file at which the night's rows go back by an hour or more: how many rows
--          follow up to the time that the file had reached, of how many accounts, and how many of both are of
--          accounts that had written in the same time before
-- note    who delivers later what he wrote meanwhile had not written before; a part of a file that comes twice repeats
--          its rows to the second
with steps as (
    select source, file_id, row_number, before_id, before_at, event_id as after_id, local_time as after_at
    from row_steps
    where local_time <= before_at - interval 1 hour
),

-- a log in which that is usual is none whose clock tells anything
few_steps as (
    select *
    from steps
    qualify count(*) over (partition by source, file_id) <= 5
),

earlier_rows as (
    select
        few_steps.source,
        few_steps.file_id,
        few_steps.row_number,
        row_steps.user_id,
        row_steps.local_time
    from few_steps
    join row_steps
        on
            few_steps.source = row_steps.source
            and few_steps.file_id is not distinct from row_steps.file_id
            and row_steps.row_number < few_steps.row_number
            and row_steps.local_time between few_steps.after_at and few_steps.before_at
),

returns as (
    select
        few_steps.source,
        few_steps.file_id,
        few_steps.row_number,
        min(row_steps.row_number) filter (row_steps.local_time > few_steps.before_at) as back_at_row
    from few_steps
    join row_steps
        on
            few_steps.source = row_steps.source
            and few_steps.file_id is not distinct from row_steps.file_id
            and row_steps.row_number >= few_steps.row_number
    group by all
),

later_rows as (
    select few_steps.*, row_steps.user_id, row_steps.local_time
    from few_steps
    join returns
        on
            few_steps.source = returns.source
            and few_steps.file_id is not distinct from returns.file_id
            and few_steps.row_number = returns.row_number
    join row_steps
        on
            few_steps.source = row_steps.source
            and few_steps.file_id is not distinct from row_steps.file_id
            and row_steps.row_number >= few_steps.row_number
            and row_steps.row_number < coalesce(returns.back_at_row, 9223372036854775807)
)

select
    later_rows.source,
    any_value(later_rows.before_id) as before_id,
    any_value(later_rows.after_id) as after_id,
    any_value(later_rows.before_at) as before_at,
    any_value(later_rows.after_at) as after_at,
    count(*) as events,
    count(distinct later_rows.user_id) as accounts,
    count(distinct later_rows.user_id) filter (
        exists (
            select 1
            from earlier_rows
            where
                earlier_rows.source = later_rows.source
                and earlier_rows.file_id is not distinct from later_rows.file_id
                and earlier_rows.row_number = later_rows.row_number
                and earlier_rows.user_id = later_rows.user_id
        )
    ) as again,
    count(*) filter (
        exists (
            select 1
            from earlier_rows
            where
                earlier_rows.source = later_rows.source
                and earlier_rows.file_id is not distinct from later_rows.file_id
                and earlier_rows.row_number = later_rows.row_number
                and earlier_rows.user_id = later_rows.user_id
                and earlier_rows.local_time = later_rows.local_time
        )
    ) as repeated
from later_rows
group by later_rows.source, later_rows.file_id, later_rows.row_number
