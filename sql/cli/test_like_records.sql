-- reads   busy_records, account_days
-- gives   rows: one row per record that the next night takes for a test record (sql/night/test_records.sql), and that is
--          not in $known
-- columns patient_id varchar, dates bigint
-- params  $known
with recent as (
    select distinct business_date
    from account_days
    where business_date > (select max(business_date) from account_days) - 27
)

select busy_records.patient_id, count(*) as dates
from busy_records
join recent using (business_date)
where not list_contains($known::varchar[], busy_records.patient_id)
group by busy_records.patient_id
having looks_like_test(count(*), (select count(*) from recent))
order by dates desc, busy_records.patient_id
