-- reads   policy_days
-- gives   rows: one row: sources and dates of the period with a gap of hours in the log
-- columns gaps bigint
-- params  $first, $last
select count(distinct (business_date, source)) as gaps
from policy_days
where business_date between $first and $last and pattern = 'log-gap' and source is not null
