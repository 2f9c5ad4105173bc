-- reads   patient_days, staff
-- gives   rows: one row per kind of account and of staff, people first: the work of its accounts in the period
-- columns account_type varchar, employment varchar, in_staff boolean, accounts bigint, accesses bigint, patients bigint,
--          patient_days bigint, judged bigint, explained bigint, suspicious bigint
-- params  $first, $last, $judged_from
-- note    an account counts where it belonged on its last date of the period; employment is that of the row of the staff
--          table that began last by the period's end, empty where it has none. Only people's accounts are judged so
with homes as (
    select
        user_id,
        last(account_type order by business_date, account_type) as account_type
    from patient_days
    where business_date between $first and $last
    group by user_id
),

posts as (
    select
        user_id,
        arg_max(coalesce(employment, ''), coalesce(starts_at, timestamp '-infinity')) as employment
    from staff
    where coalesce(starts_at, timestamp '-infinity') < $last::date + interval 1 day
    group by user_id
),

opened as (
    select
        patient_days.* exclude (account_type),
        homes.account_type,
        if(homes.account_type = 'human', coalesce(posts.employment, ''), '') as employment,
        posts.employment is not null as in_staff,
        patient_days.business_date >= $judged_from as judged
    from patient_days
    join homes using (user_id)
    left join posts using (user_id)
    where patient_days.business_date between $first and $last
)

select
    account_type,
    employment,
    in_staff,
    count(distinct user_id) as accounts,
    sum(accesses)::bigint as accesses,
    count(distinct patient_id) as patients,
    count(*) as patient_days,
    count(*) filter (judged) as judged,
    count(*) filter (judged and has_ground(state, explanation)) as explained,
    count(*) filter (judged and state = 'suspicious') as suspicious
from opened
group by account_type, employment, in_staff
order by account_type <> 'human', account_type, employment, in_staff desc
