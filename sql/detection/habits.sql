-- reads   label_days, holders, habit_spans
-- gives   rows: one row per date of habit_spans and account, department, role, view and label of the weeks before it: how
--          many patients had the label
-- columns business_date date, user_id varchar, department varchar, role varchar, view varchar, label varchar,
--          recent bigint, past bigint, current bigint
-- note    what an account did before its holder of the date had it is the habit of somebody else, whom no identifier names
with habits as (
    select
        label_days.*
        replace (
            if(label_days.business_date < held.since, held.user_id || chr(31), label_days.user_id) as user_id
        ),
        habit_spans.business_date as judged_on,
        habit_spans.* exclude (business_date)
    from habit_spans
    join label_days
        on
            label_days.business_date >= habit_spans.own_from
            and label_days.business_date <= habit_spans.business_date
    left join holders as held
        on
            label_days.user_id = held.user_id
            and held.number > 1
            and held.since <= habit_spans.business_date
            and held.until > habit_spans.business_date
)

select
    judged_on as business_date,
    user_id,
    department,
    role,
    view,
    label,
    coalesce(
        sum(patients) filter (business_date >= recent_from and business_date < judged_on), 0
    )::bigint as recent,
    coalesce(sum(patients) filter (business_date < own_until), 0)::bigint as past,
    coalesce(sum(patients) filter (business_date >= current_from), 0)::bigint as current
from habits
group by all
order by all
