-- reads   patient_days
-- gives   rows: one row: what would change had a reason been asked for wherever no ground is on file: patients opened
--          without any ground, and as usual for the unit only; nothing with a ground would have been asked about
-- columns fewer bigint, usual bigint, hindered bigint, accounts bigint, asked bigint, days bigint
-- params  $first, $last, $judged_from
select
    count(distinct patient_id) filter (
        not has_ground(state, explanation) and not only_usual(state, explanation)
    ) as fewer,
    count(distinct patient_id) filter (only_usual(state, explanation)) as usual,
    0::bigint as hindered,
    0::bigint as accounts,
    count(*) filter (not has_ground(state, explanation)) as asked,
    count(distinct business_date) as days
from patient_days
where business_date between $first and $last and business_date >= $judged_from and account_type = 'human'
