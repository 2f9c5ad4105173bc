-- reads   seen_source_days, source_names, staff, patients, encounters, care_team, roster, vip_patients, decoy_patients,
--          files
-- gives   rows: one row: what logs and context tables of the dates $first to $last hold, one column per prerequisite of
--          a pattern, and how many of the operations on records in the last seven of them name a patient
-- columns events bigint, operations bigint, without_patient bigint, blind_sources varchar[], patients boolean,
--          contact_pages boolean, categories boolean, obstetrics boolean, searches boolean, copies boolean,
--          exports boolean, record_counts boolean, addresses boolean, workstations boolean, workplaces boolean,
--          break_glass boolean, reasons boolean, departments boolean, staff boolean, own_records boolean,
--          relatives boolean, scopes boolean, encounters boolean, care_team boolean, roster boolean,
--          protected_persons boolean, decoys boolean, database_logs boolean
-- params  $first, $last, $limit
-- note    seen_source_days are the rows of source_days for these dates. A dated table is there where one of its rows
--          reaches into the dates. Of a blind source more than the share $limit of the operations names no patient
with shown as (
    select seen_source_days.* replace (coalesce(source_names.source, seen_source_days.source) as source)
    from seen_source_days
    left join source_names on seen_source_days.source = source_names.former
),

logged as (
    select
        coalesce(sum(events), 0)::bigint as events,
        coalesce(sum(operations) filter (business_date > $last - 7), 0)::bigint as operations,
        coalesce(sum(without_patient) filter (business_date > $last - 7), 0)::bigint as without_patient,
        bool_or(patients) as patients,
        bool_or(contact_pages) as contact_pages,
        bool_or(categories) as categories,
        bool_or(obstetrics) as obstetric_pages,
        bool_or(searches) as searches,
        bool_or(copies) as copies,
        bool_or(exports) as exports,
        bool_or(record_counts) as record_counts,
        bool_or(addresses) as addresses,
        bool_or(workstations) as workstations,
        bool_or(break_glass) as break_glass,
        bool_or(reasons) as reasons,
        bool_or(departments) as departments
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
            where business_date > $last - 7
            group by source
            having sum(without_patient) > $limit * sum(operations)
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
    (select count(*) > 0 from decoy_patients) as decoys,
    exists(select 1 from files where format = 'db-audit') as database_logs
from logged, persons, records
