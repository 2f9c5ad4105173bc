-- reads   events
-- gives   rows: one row per weekday (0 = Monday) and hour in which the account $user opened records
-- columns weekday bigint, hour bigint, accesses bigint
-- params  $user
-- note    an access is one account, one patient, one minute
select
    isodow(local_time) - 1 as weekday,
    hour(local_time) as hour,
    count(distinct (patient_id, date_trunc('minute', local_time))) as accesses
from events
where user_id = $user and patient_id is not null
group by all
order by all
