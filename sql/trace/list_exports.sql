-- reads  events
-- gives  the $most accounts that exported or printed the largest lists without a patient's number up to $until, one row
--        each, largest first: user_id, records, exported_on (of the largest): nobody can tell whether the leaked
--        patients were in there
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
