-- reads   patient_days
-- gives   rows: one row: patient-days of people in the period whose ground is that their department is an office by its name
-- columns office bigint
-- params  $first, $last, $judged_from
select count(*) as office
from patient_days
where
    business_date between $first and $last
    and business_date >= $judged_from
    and account_type = 'human'
    and explanation = 'office_task'
