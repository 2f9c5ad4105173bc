-- reads   lags, considered
-- gives   rows: one row per (moment, user_id, patient_id): when and in which manner an account opened a record up to a
--          moment
-- columns moment date, user_id varchar, patient_id varchar, opened utinyint, contact utinyint, contact_only utinyint,
--          suspicious utinyint, unexplained utinyint, taken utinyint, read_only utinyint
-- note    considered are patient-days of the caller's choice, lags (moment, business_date, bit) the spans of days. A
--          column per manner, each a set of bits: bit n is set where an access of that manner lies in the n-th span of
--          days before the moment. The columns are declared in detector/tracing/leak_hypotheses.py, in this order
select
    lags.moment,
    considered.user_id,
    considered.patient_id,
    bit_or(lags.bit)::utinyint as opened,
    coalesce(bit_or(lags.bit) filter (considered.contact), 0)::utinyint as contact,
    coalesce(bit_or(lags.bit) filter (considered.contact and not considered.clinical), 0)::utinyint as contact_only,
    coalesce(bit_or(lags.bit) filter (considered.state = 'suspicious'), 0)::utinyint as suspicious,
    coalesce(bit_or(lags.bit) filter (considered.state <> 'explained' and not considered.wrote), 0)::utinyint
        as unexplained,
    coalesce(bit_or(lags.bit) filter (considered.printed or considered.exported or considered.listed), 0)::utinyint
        as taken,
    coalesce(bit_or(lags.bit) filter (not considered.wrote), 0)::utinyint as read_only
from considered
join lags using (business_date)
group by lags.moment, considered.user_id, considered.patient_id
order by lags.moment, considered.user_id, considered.patient_id
