-- reads   events
-- gives   source_days: one row per source on those of the $days that have rows: how many they are, and what they name
-- params  $days
-- note    an operation is a successful view, create, update, delete or print; lists name no patient by their nature
with shown as (
    select
        *,
        action in ('view', 'create', 'update', 'delete', 'print')
        and outcome = 'success'
        and coalesce(category, '') <> 'list' as operation
    from events
    where business_date in (select unnest($days::date[]))
)

select
    business_date,
    source,
    count(*) as events,
    count(*) filter (operation) as operations,
    count(*) filter (operation and patient_id is null) as without_patient,
    bool_or(patient_id is not null) as patients,
    coalesce(bool_or(category = 'demographics' and patient_id is not null), false) as contact_pages,
    coalesce(bool_or(category not in ('list', 'other')), false) as categories,
    coalesce(bool_or(category in ('obstetric', 'newborn')), false) as obstetrics,
    bool_or(query_by is not null) as searches,
    coalesce(bool_or(action in ('export', 'print')), false) as copies,
    coalesce(bool_or(action = 'export'), false) as exports,
    coalesce(bool_or(record_count > 1), false) as record_counts,
    bool_or(client_ip is not null) as addresses,
    bool_or(workstation is not null) as workstations,
    coalesce(bool_or(action = 'break_glass'), false) as break_glass,
    coalesce(bool_or(action = 'break_glass' and reason is not null), false) as reasons,
    bool_or(user_department is not null) as departments
from shown
group by business_date, source
order by business_date, source
