-- reads   findings
-- gives   rows: one row per finding that a letter about $finding_id would reach: about the addressee $addressee, or an
--          alert about somebody of the addressee's department $department; confirmed ones, and those not settled
-- columns finding_id varchar, kind varchar
-- params  $finding_id, $addressee, $department
-- note    kind is subject, case or unit
with asked as (
    select case_id, user_id
    from findings
    where finding_id = $finding_id
)

select
    findings.finding_id,
    case
        when findings.user_id = $addressee and findings.case_id = asked.case_id then 'case'
        when findings.user_id = $addressee then 'subject'
        else 'unit'
    end as kind
from findings
cross join asked
where
    findings.finding_id <> $finding_id
    and findings.status in ('open', 'escalated', 'confirmed')
    and (
        findings.user_id = $addressee
        or (findings.alert and findings.department = $department and findings.user_id <> asked.user_id)
    )
order by kind, findings.finding_id
