-- reads   finding_events, findings, policy_days
-- gives   rows: the record numbers that the findings $findings may name: of their events, and of what policies returned
-- columns finding_id varchar, patient_id varchar
-- params  $findings
-- note    a policy's column holds a number, or a list of them, where its name says that it is one
with policy_columns as (
    select findings.finding_id, policy_days.reason_values, unnest(json_keys(policy_days.reason_values)) as name
    from policy_days
    join findings using (user_id)
    where findings.finding_id in (select unnest($findings))
),

policy_numbers as (
    select
        finding_id,
        unnest(
            case json_type(reason_values, '$."' || name || '"')
                when 'ARRAY' then json_extract(reason_values, '$."' || name || '"')::varchar[]
                else [json_extract_string(reason_values, '$."' || name || '"')]
            end
        ) as patient_id
    from policy_columns
    where regexp_matches(name, '(^|_)(patient|record)(_id)?$')
)

select finding_id, patient_id
from finding_events
where patient_id is not null and finding_id in (select unnest($findings))
union
select finding_id, patient_id
from policy_numbers
where patient_id is not null
order by all
