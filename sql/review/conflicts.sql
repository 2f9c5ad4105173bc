-- reads   findings, finding_holders, holders
-- gives   rows: one row per finding that a letter about $finding_id would reach: about the addressee $addressee, or an
--          alert about somebody of the addressee's department $department; confirmed ones, and those not settled
-- columns finding_id varchar, kind varchar
-- params  $finding_id, $addressee, $department, $business_date
-- note    kind is subject, case or unit. The addressee is who held the account on $business_date: a finding about
--          another holder of it is about somebody else
with asked as (
    select
        findings.case_id,
        finding_holders.holder,
        coalesce(
            (
                select holders.holder
                from holders
                where
                    holders.user_id = $addressee
                    and holders.since <= $business_date
                    and holders.until > $business_date
            ),
            $addressee
        ) as addressee
    from findings
    join finding_holders using (finding_id)
    where findings.finding_id = $finding_id
)

select
    findings.finding_id,
    case
        when finding_holders.holder = asked.addressee and findings.case_id = asked.case_id then 'case'
        when finding_holders.holder = asked.addressee then 'subject'
        else 'unit'
    end as kind
from findings
join finding_holders using (finding_id)
cross join asked
where
    findings.finding_id <> $finding_id
    and findings.status in ('open', 'escalated', 'confirmed')
    and (
        finding_holders.holder = asked.addressee
        or (findings.alert and findings.department = $department and finding_holders.holder <> asked.holder)
    )
order by kind, findings.finding_id
