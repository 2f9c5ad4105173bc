-- reads   patient_days
-- gives   rows: one row: what would change had contact data been masked: patients whose contact page was opened without
--          any ground, those whose was opened as usual for the unit only; patient-days with a ground that would have asked
--          for one step more, and the accounts that had them
-- columns fewer bigint, usual bigint, hindered bigint, accounts bigint
-- params  $first, $last, $judged_from
select
    count(distinct patient_id) filter (
        not has_ground(state, explanation) and not only_usual(state, explanation)
    ) as fewer,
    count(distinct patient_id) filter (only_usual(state, explanation)) as usual,
    count(*) filter (has_ground(state, explanation)) as hindered,
    count(distinct user_id) filter (has_ground(state, explanation)) as accounts
from patient_days
where
    business_date between $first and $last
    and business_date >= $judged_from
    and account_type = 'human'
    and contact
