-- reads   events
-- gives   drill_sources: one row per (source, action, category) that people wrote between $since and $last, and which
--          columns that source fills at all
-- columns source varchar, action varchar, category varchar, events bigint, names boolean, departments boolean, roles
--          boolean, patient_departments boolean, visits boolean, queries boolean, addresses boolean, workstations
--          boolean, applications boolean, sessions boolean, reasons boolean
-- params  $since, $last
select
    source,
    action,
    category,
    count(*) as events,
    any_value(names) as names,
    any_value(departments) as departments,
    any_value(roles) as roles,
    any_value(patient_departments) as patient_departments,
    any_value(visits) as visits,
    any_value(queries) as queries,
    any_value(addresses) as addresses,
    any_value(workstations) as workstations,
    any_value(applications) as applications,
    any_value(sessions) as sessions,
    any_value(reasons) as reasons
from (
    select
        source,
        action,
        category,
        bool_or(user_name is not null) over by_source as names,
        bool_or(user_department is not null) over by_source as departments,
        bool_or(user_role is not null) over by_source as roles,
        bool_or(patient_department is not null) over by_source as patient_departments,
        bool_or(visit_id is not null) over by_source as visits,
        bool_or(query_by is not null) over by_source as queries,
        bool_or(client_ip is not null) over by_source as addresses,
        bool_or(workstation is not null) over by_source as workstations,
        bool_or(application is not null) over by_source as applications,
        bool_or(session_id is not null) over by_source as sessions,
        bool_or(reason is not null) over by_source as reasons
    from events
    where business_date between $since and $last
    window by_source as (partition by source)
)
group by source, action, category
order by source, action, category
