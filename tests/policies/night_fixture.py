"""Night tables for policies, made the short way: relations from encounters and the care team alone."""

from detector.detection.night_tables import judge_addresses

TABLES = {
    "night_events": "select * from events where business_date = $night",
    "recent_accesses": """
        with staffed as (
            select distinct on (user_id) * exclude (patient_id) from staff
            where coalesce(starts_at, timestamp '0001-01-01') < $night::date + interval 1 day
            order by user_id, coalesce(ends_at <= $night::date, false), coalesce(starts_at, timestamp '0001-01-01') desc
        ),
        days as (
            select
                business_date, user_id, patient_id,
                coalesce(any_value(staffed.department), any_value(user_department), '?') as department,
                coalesce(any_value(staffed.role), any_value(user_role), '?') as role,
                coalesce(any_value(account_type), if(any_value(user_role) = 'kiosk', 'kiosk', 'human')) as account_type,
                string_agg(distinct workstation, '|' order by workstation) as workstations,
                min(local_time) as first_at, max(local_time) as last_at,
                bool_or(action in ('create', 'update', 'delete')) as wrote,
                bool_or(action = 'break_glass') as broke_glass
            from events left join staffed using (user_id)
            where events.patient_id is not null and action not in ('login', 'logout', 'other')
                and business_date between $night::date - 6 and $night::date
            group by all
        ),
        related as (
            select
                days.*,
                case
                    when exists (
                        select 1 from care_team c where c.user_id = days.user_id and c.patient_id = days.patient_id
                        and c.starts_at <= days.first_at + interval 1 day
                        and coalesce(c.ends_at >= days.first_at - interval 3 day, true)
                    ) then 'care_team'
                    when exists (
                        select 1 from encounters e
                        where e.patient_id = days.patient_id and e.department = days.department
                        and e.starts_at <= days.first_at + interval 1 day
                        and coalesce(e.ends_at >= days.first_at - interval 7 day, true)
                    ) then 'inpatient'
                    else 'stranger'
                end as relation
            from days
        )
        select *, nullif(relation, 'stranger') as explanation from related
    """,
    "night_accesses": "select * from recent_accesses where business_date = $night",
    "accounts": """
        with staffed as (
            select distinct on (user_id) * from staff
            where coalesce(starts_at, timestamp '0001-01-01') < $night::date + interval 1 day
            order by user_id, coalesce(ends_at <= $night::date, false), coalesce(starts_at, timestamp '0001-01-01') desc
        ),
        seen as (
            select
                user_id, any_value(user_name) as name, any_value(user_department) as department,
                any_value(user_role) as role, min(business_date) as first_seen_on,
                max(business_date) filter (business_date < $night::date) as last_seen_on
            from events group by user_id
        )
        select
            user_id, coalesce(staffed.name, seen.name) as name,
            coalesce(staffed.department, seen.department, '?') as department,
            coalesce(staffed.role, seen.role, '?') as role,
            coalesce(staffed.account_type, case when seen.role = 'kiosk' then 'kiosk' else 'human' end) as account_type,
            coalesce(status, 'active') as status,
            coalesce(ends_at <= $night::date, status = 'left' and ends_at is null, false) as has_left,
            case when ends_at <= $night::date + interval 1 day then ends_at end as left_at,
            patient_id as own_patient_id, manager_id, allowed_categories, staffed.user_id is not null as in_staff,
            first_seen_on, last_seen_on
        from seen full join staffed using (user_id)
    """,
    "approvals_on": """
        select user_id, coalesce(patterns, '') as patterns, reason, approved_by from approvals
        where starts_at < $night::date + interval 1 day and coalesce(ends_at > $night::date, true)
    """,
    "source_hours": """
        select source, business_date, date_part('hour', local_time)::integer as hour, count(*) as events
        from events where business_date between $night::date - 28 and $night::date group by all
    """,
}


def prepare_night(connection, settings, night):
    for table, text in TABLES.items():
        parameters = {"night": night}
        connection.execute(f"create or replace temp table {table} as {text}", parameters)
    seen = [
        row[0]
        for row in connection.execute(
            "select distinct client_ip from night_events where client_ip is not null"
        ).fetchall()
    ]
    connection.execute("create or replace temp table addresses (client_ip varchar, external boolean)")
    judged = judge_addresses(seen, settings.site.internal_networks)
    if judged:
        connection.executemany("insert into addresses values (?, ?)", judged)


def prepare(connection, settings, example):
    prepare_night(connection, settings, example.night)
