-- reads   finding_events, finding_holders
-- gives   rows: one row per holder of an account and finding about it that rests on accesses to the record that had
--          the numbers $numbers
-- columns holder varchar, finding_id varchar
-- params  $numbers
-- note    a finding keeps the number that was logged
select distinct finding_holders.holder, finding_events.finding_id
from finding_events
join finding_holders using (finding_id)
where finding_events.patient_id in (select unnest($numbers))
order by finding_holders.holder, finding_events.finding_id
