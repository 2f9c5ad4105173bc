-- reads   label_days, holders
-- gives   rows: one row per account, department, role, view and label of the last weeks: how many patients had the label
-- columns user_id varchar, department varchar, role varchar, view varchar, label varchar, recent bigint, past bigint,
--          current bigint
-- params  $date, $own_from, $own_until, $recent_from, $before, $current_from
-- note    what an account did before its holder of $date had it is the habit of somebody else, whom no identifier names
with habits as (
    select
        label_days.*
        replace (
            if(label_days.business_date < held.since, held.user_id || chr(31), label_days.user_id) as user_id
        )
    from label_days
    left join holders as held
        on
            label_days.user_id = held.user_id
            and held.number > 1
            and held.since <= $date
            and held.until > $date
    where label_days.business_date <= $date and label_days.business_date >= $own_from
)

select
    user_id,
    department,
    role,
    view,
    label,
    coalesce(sum(patients) filter (business_date between $recent_from and $before), 0)::bigint as recent,
    coalesce(sum(patients) filter (business_date < $own_until), 0)::bigint as past,
    coalesce(sum(patients) filter (business_date >= $current_from), 0)::bigint as current
from habits
group by all
order by all
