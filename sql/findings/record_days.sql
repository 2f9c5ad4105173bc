-- reads   patient_days
-- gives   rows: one row per date on which the record $patient was opened, as finding_days keeps it
-- columns business_date date, accesses bigint, patients bigint, suspicious_accesses bigint, suspicious_patients bigint,
--          evidence double
-- params  $patient, $start, $night
-- note    nights judge accounts: what a single date adds to the evidence about a record is not known
select
    business_date,
    sum(accesses)::bigint as accesses,
    1::bigint as patients,
    coalesce(sum(accesses) filter (state = 'suspicious'), 0)::bigint as suspicious_accesses,
    (count(*) filter (state = 'suspicious') > 0)::bigint as suspicious_patients,
    0.0::double as evidence
from patient_days
where patient_id = $patient and business_date between $start and $night
group by business_date
order by business_date
