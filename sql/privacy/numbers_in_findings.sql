-- reads   finding_events, findings, policy_days
-- gives   rows: the record numbers that the findings $findings may name: of their events, and of what policies returned
-- columns finding_id varchar, patient_id varchar
-- params  $findings
with policy_numbers as (
    select findings.finding_id, unnest(record_numbers(policy_days.reason_values)) as patient_id
    from policy_days
    join findings using (user_id)
    where findings.finding_id in (select unnest($findings))
)

select finding_id, patient_id
from finding_events
where patient_id is not null and finding_id in (select unnest($findings))
union
select finding_id, patient_id
from policy_numbers
where patient_id is not null
order by all
