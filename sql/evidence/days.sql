/*
Reads  `finding_days`.
Gives  one row per date of a finding: accesses and patients of the account, and the suspicious ones among them.
*/
select business_date, accesses, patients, suspicious_accesses, suspicious_patients, round(evidence, 4) as evidence
from finding_days
where finding_id = $finding and business_date < $before
order by business_date;
