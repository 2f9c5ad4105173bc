-- reads   test_records
-- gives   rows: its rows of $dates
-- columns test_records.*
-- params  $dates
select *
from test_records
where business_date in (select unnest($dates::date[]))
order by business_date, patient_id
