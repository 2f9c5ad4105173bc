-- reads   decisions, findings, dates
-- gives   rows: one row: the median number of days from the alert to the first decision, over findings first decided in
--          the period (as decisions.sql counts it); null without any
-- columns days double
-- params  $first, $last
with firsts as (
    select finding_id, min(through) as through
    from decisions
    where disposition <> 'open'
    group by finding_id
)

select median(date_diff('day', findings.alerted_on, firsts.through + 1)) as days
from firsts
join findings using (finding_id)
where
    findings.alerted_on is not null
    and firsts.through >= $first::date - 1
    and (firsts.through < $last::date or firsts.through = (select max(business_date) from dates))
