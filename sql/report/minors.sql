-- reads   patient_days, patients
-- gives   rows: one row: what people opened in the period of patients who were under fourteen on that day; of those judged
--          how many had a ground; and how many patients of the period have a known date of birth
-- columns patients bigint, patient_days bigint, judged bigint, explained bigint, born bigint, opened bigint
-- params  $first, $last, $judged_from
with opened as (
    select
        patient_days.patient_id,
        patients.birth_date,
        patients.birth_date > patient_days.business_date - interval 14 year as minor,
        patient_days.business_date >= $judged_from as judged,
        has_ground(patient_days.state, patient_days.explanation) as explained
    from patient_days
    left join patients using (patient_id)
    where patient_days.business_date between $first and $last and patient_days.account_type = 'human'
)

select
    count(distinct patient_id) filter (minor) as patients,
    count(*) filter (minor) as patient_days,
    count(*) filter (minor and judged) as judged,
    count(*) filter (minor and judged and explained) as explained,
    count(distinct patient_id) filter (birth_date is not null) as born,
    count(distinct patient_id) as opened
from opened
