-- reads   decisions
-- gives   findings: status as the last decision before $business_date left it; other rows are not touched
-- params  $business_date
update findings
set status = decided.disposition
from (
    select finding_id, arg_max(disposition, sequence) as disposition
    from decisions
    where coalesce(through, date '-infinity') < $business_date
    group by finding_id
) as decided
where findings.finding_id = decided.finding_id and findings.status <> decided.disposition
