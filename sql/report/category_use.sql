-- reads   patient_days
-- gives   rows: one row per kind of data that people opened in the period: accounts, patients and patient-days with it,
--          and of those judged how many had a ground, were only usual, or neither and suspicious
-- columns category varchar, accounts bigint, patients bigint, patient_days bigint, judged bigint, explained bigint,
--          usual bigint, suspicious bigint
-- params  $first, $last, $judged_from
-- note    a patient-day counts under each kind of data that was opened in it
with opened as (
    select
        *,
        business_date >= $judged_from as judged,
        unnest(string_split(categories, '|')) as category
    from patient_days
    where business_date between $first and $last and account_type = 'human' and categories is not null
)

select
    category,
    count(distinct user_id) as accounts,
    count(distinct patient_id) as patients,
    count(*) as patient_days,
    count(*) filter (judged) as judged,
    count(*) filter (judged and has_ground(state, explanation)) as explained,
    count(*) filter (judged and only_usual(state, explanation)) as usual,
    count(*) filter (judged and state = 'suspicious') as suspicious
from opened
group by category
order by category
