-- reads   events
-- gives   rows: one row per account that exported or printed a list without a patient's number up to $until: its
--          largest one; the $most largest
-- columns user_id varchar, records bigint, exported_on date
-- params  $smallest, $until, $most
-- note    nobody can tell whether the leaked patients were in there
select
    user_id,
    max(record_count)::bigint as records,
    arg_max(business_date, record_count) as exported_on
from events
where
    action in ('export', 'print')
    and patient_id is null
    and record_count >= $smallest
    and outcome is distinct from 'failure'
    and business_date <= $until
group by user_id
order by records desc, user_id
limit $most
