-- reads   finding_events
-- gives   rows: one row per finding of $findings that rests mostly on one record
-- columns finding_id varchar, patient_id varchar
-- params  $findings
with counted as (
    select
        finding_id,
        patient_id,
        count(*) as events,
        sum(count(*)) over (partition by finding_id) as every_event
    from finding_events
    where finding_id in (select unnest($findings))
    group by finding_id, patient_id
)

select finding_id, patient_id
from counted
where patient_id is not null and events > 0.5 * every_event
order by finding_id
