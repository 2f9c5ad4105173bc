-- reads   finding_days
-- gives   rows: one row per date of a finding: accesses and patients of the account, and the suspicious ones among them
-- columns business_date date, accesses bigint, patients bigint, suspicious_accesses bigint, suspicious_patients bigint,
--          evidence double
-- params  $finding, $before
select
    business_date,
    accesses,
    patients,
    suspicious_accesses,
    suspicious_patients,
    round(evidence, 4) as evidence
from finding_days
where finding_id = $finding and business_date < $before
order by business_date
