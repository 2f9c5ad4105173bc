-- reads   patient_days, policy_days
-- gives   rows: one row: what would change had accounts of leavers, and those long unused, been closed: patients that they
--          opened without any ground, and as usual for the unit only, on dates on which the policy fired; patient-days
--          with a ground, their patients, which a closed account opens no more either, and the accounts that had them
-- columns fewer bigint, usual bigint, hindered bigint, grounded bigint, accounts bigint
-- params  $first, $last, $judged_from
with opened as (
    select patient_days.*
    from patient_days
    semi join policy_days
        on
            patient_days.user_id = policy_days.user_id
            and patient_days.business_date = policy_days.business_date
            and policy_days.pattern = 'inactive-account'
    where patient_days.business_date between $first and $last and patient_days.business_date >= $judged_from
)

select
    count(distinct patient_id) filter (
        not has_ground(state, explanation) and not only_usual(state, explanation)
    ) as fewer,
    count(distinct patient_id) filter (only_usual(state, explanation)) as usual,
    count(*) filter (has_ground(state, explanation)) as hindered,
    count(distinct patient_id) filter (has_ground(state, explanation)) as grounded,
    count(distinct user_id) filter (has_ground(state, explanation)) as accounts
from opened
