-- reads   drill_accounts, events
-- gives   drill_unit_patients: one row per (department, patient_id): first and last date on which people of that
--          department opened the patient between $since and $last
-- columns department varchar, patient_id varchar, first_on date, last_on date
-- params  $since, $last
select
    drill_accounts.department,
    events.patient_id,
    min(events.business_date) as first_on,
    max(events.business_date) as last_on
from events
join drill_accounts using (user_id)
where
    events.business_date between $since and $last
    and events.patient_id is not null
    and drill_accounts.account_type = 'human'
group by drill_accounts.department, events.patient_id
order by drill_accounts.department, events.patient_id
