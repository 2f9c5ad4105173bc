-- reads   label_days
-- gives   rows: one row per account that is no person, date and label: of how many patients the account read the record,
--          by how long ago they were last in the hospital
-- columns business_date date, user_id varchar, department varchar, role varchar, label varchar, patients bigint
-- params  $since, $date
select business_date, user_id, department, role, label, sum(patients)::bigint as patients
from label_days
where view = 'recency' and business_date >= $since and business_date < $date
group by all
order by all
