-- reads   finding_events
-- gives   findings: case_id of the findings about accounts that rest mostly on one record
-- params  $case, $patient, $users
-- note    a finding that shares a case already keeps it
update findings
set case_id = $case
where
    subject = 'account'
    and user_id in (select unnest($users))
    and case_id = finding_id
    and finding_id in (
        select finding_id
        from finding_events
        group by finding_id
        having count(*) filter (patient_id = $patient) > 0.5 * count(*)
    )
