-- reads   events, staff, patients, encounters, care_team, roster, vip_patients, decoy_patients
-- gives   rows: one row: what logs and context tables of the dates $first to $last hold, one column per prerequisite of
--          a pattern, and how many of the operations on records in the last seven of them name a patient
-- columns events bigint, operations bigint, without_patient bigint, blind_sources varchar[], patients boolean,
--          contact_pages boolean, categories boolean, obstetrics boolean, searches boolean, copies boolean,
--          exports boolean, record_counts boolean, addresses boolean, workstations boolean, workplaces boolean,
--          break_glass boolean, reasons boolean, departments boolean, staff boolean, own_records boolean,
--          relatives boolean, scopes boolean, encounters boolean, care_team boolean, roster boolean,
--          protected_persons boolean, decoys boolean
-- params  $first, $last, $limit
-- note    an operation is a successful view, create, update, delete or print; lists name no patient by their nature. A
--          dated table is there where one of its rows reaches into the dates. Of a blind source more than the share
--          $limit of the operations names no patient
with shown as (
    select
        *,
        business_date > $last - 7
        and action in ('view', 'create', 'update', 'delete', 'print')
        and outcome = 'success'
        and coalesce(category, '') <> 'list' as operation
    from events
    where business_date between $first and $last
),

logged as (
    select
        count(*) as events,
        count(*) filter (operation) as operations,
        count(*) filter (operation and patient_id is null) as without_patient,
        bool_or(patient_id is not null) as patients,
        bool_or(category = 'demographics' and patient_id is not null) as contact_pages,
        bool_or(category not in ('list', 'other')) as categories,
        bool_or(category in ('obstetric', 'newborn')) as obstetric_pages,
        bool_or(query_by is not null) as searches,
        bool_or(action in ('export', 'print')) as copies,
        bool_or(action = 'export') as exports,
        bool_or(record_count > 1) as record_counts,
        bool_or(client_ip is not null) as addresses,
        bool_or(workstation is not null) as workstations,
        bool_or(action = 'break_glass') as break_glass,
        bool_or(action = 'break_glass' and reason is not null) as reasons,
        bool_or(user_department is not null) as departments
    from shown
),

persons as (
    select
        count(*) > 0 as staff,
        bool_or(patient_id is not null) as own_records,
        bool_or(allowed_categories is not null and account_type <> 'human') as scopes,
        bool_or(department is not null) as departments
    from staff
),

records as (
    select
        bool_or(has_flag(flags, 'staff')) as colleagues,
        bool_or(household_id is not null) as households,
        bool_or(has_flag(flags, 'vip')) as vip,
        bool_or(has_flag(flags, 'maternity') or has_flag(flags, 'newborn') or birth_date > $first) as obstetrics
    from patients
)

select
    logged.events,
    logged.operations,
    logged.without_patient,
    (
        select coalesce(list(source order by source), [])
        from (
            select source
            from shown
            where operation
            group by source
            having count(*) filter (patient_id is null) > $limit * count(*)
        )
    ) as blind_sources,
    coalesce(logged.patients, false) as patients,
    coalesce(logged.contact_pages, false) as contact_pages,
    coalesce(logged.categories, false) as categories,
    coalesce(logged.obstetric_pages, false) or coalesce(records.obstetrics, false) as obstetrics,
    coalesce(logged.searches, false) as searches,
    coalesce(logged.copies, false) as copies,
    coalesce(logged.exports, false) as exports,
    coalesce(logged.record_counts, false) as record_counts,
    coalesce(logged.addresses, false) as addresses,
    coalesce(logged.workstations, false) as workstations,
    coalesce(logged.workstations or logged.addresses, false) as workplaces,
    coalesce(logged.break_glass, false) as break_glass,
    coalesce(logged.reasons, false) as reasons,
    coalesce(logged.departments, false) or coalesce(persons.departments, false) as departments,
    persons.staff,
    coalesce(persons.own_records, false) as own_records,
    coalesce(persons.own_records, false)
    or coalesce(records.colleagues, false)
    or coalesce(records.households, false) as relatives,
    coalesce(persons.scopes, false) as scopes,
    exists(
        select 1
        from encounters
        where starts_at < $last + interval 1 day and coalesce(ends_at, timestamp 'infinity') >= $first
    ) as encounters,
    exists(
        select 1
        from care_team
        where
            coalesce(starts_at, timestamp '-infinity') < $last + interval 1 day
            and coalesce(ends_at, timestamp 'infinity') >= $first
    ) as care_team,
    exists(
        select 1
        from roster
        where starts_at < $last + interval 1 day and coalesce(ends_at, starts_at) >= $first
    ) as roster,
    coalesce(records.vip, false) or (select count(*) > 0 from vip_patients) as protected_persons,
    (select count(*) > 0 from decoy_patients) as decoys
from logged, persons, records
