-- reads   busy_records
-- gives   rows: one row per record that looked like a test record on most of the last two weeks' dates, and is not in
--          $known
-- columns patient_id varchar, dates bigint
-- params  $known
select patient_id, count(*) as dates
from busy_records
where
    business_date > (select max(business_date) from busy_records) - 14
    and not list_contains($known::varchar[], patient_id)
group by patient_id
having count(*) >= 7
order by dates desc, patient_id
