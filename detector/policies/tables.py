"""The tables that policies ask: one date's events and accesses, and the accounts, approvals and addresses of it."""

from __future__ import annotations

import datetime as dt
from typing import Final

import duckdb

from detector.deployment.settings import Settings
from detector.detection.night_tables import create, judge_addresses
from detector.model.tables import policies as declared

RECENT_DAYS: Final = 7
POLICY_EVENTS: Final = declared.POLICY_EVENTS.create_temporary()
"""Statement that makes the table of a night's events that policies fired on."""


def prepare(connection: duckdb.DuckDBPyConnection, date: dt.date, settings: Settings) -> None:
    """Create the policy tables of one judged date; the night tables and the view ``accesses`` must cover it."""
    connection.execute(
        "create or replace temp table night_events as from events where business_date = $date"
        " order by local_time, event_id",
        {"date": date},
    )
    connection.execute(
        "create or replace temp table recent_patient_days as from patient_days"
        " where business_date between $since and $date order by business_date, user_id, patient_id",
        {"since": date - dt.timedelta(days=RECENT_DAYS - 1), "date": date},
    )
    connection.execute(
        "create or replace temp table night_patient_days as from recent_patient_days where business_date = $date",
        {"date": date},
    )
    create(connection, "night/accounts", date)
    create(connection, "night/encounters_on", date)
    connection.execute(
        "create or replace temp table approvals_on as"
        " select * exclude (business_date) from approval_dates where business_date = $date",
        {"date": date},
    )
    connection.execute(declared.ADDRESSES.create_temporary())
    found = connection.execute(
        "select distinct client_ip from night_events where client_ip is not null"
    ).fetchall()  # a night's distinct addresses
    judged = judge_addresses((str(row[0]) for row in found), settings.site.internal_networks)
    if judged:
        connection.executemany("insert into addresses values (?, ?)", judged)


def keep_events(connection: duckdb.DuckDBPyConnection, date: dt.date) -> None:
    """Add the events that policies fired on at ``date`` to the night's ``policy_events``."""
    connection.execute(
        f"""
        insert into policy_events
        select {", ".join(declared.POLICY_EVENTS.names)}
        from night_events
        where event_id in (select unnest(event_ids) from policy_days where business_date = $date)
        order by event_id
        """,
        {"date": date},
    )


def remember(connection: duckdb.DuckDBPyConnection, night: dt.date) -> None:
    """Bring volumes per source and hour and the spans of accounts up to date with the judged dates of a night."""
    create(connection, "night/hours_of_source", night)
    connection.execute("delete from source_hours where business_date in (from judged_dates)")
    connection.execute("insert into source_hours by name from hours_of_source order by all")


def remember_accounts(connection: duckdb.DuckDBPyConnection) -> None:
    """Widen the spans of the accounts seen on the judged dates; after the policies, which ask what was before."""
    connection.execute(
        """
        insert or replace into account_spans by name
        select
            user_id,
            least(min(business_date), any_value(known.first_seen_on)) as first_seen_on,
            greatest(max(business_date), any_value(known.last_seen_on)) as last_seen_on,
            arg_max(account_dates.name, business_date) as name,
            arg_max(account_dates.department, business_date) as department,
            arg_max(account_dates.role, business_date) as role,
            arg_max(account_dates.account_type, business_date) as account_type
        from account_dates
        left join account_spans as known using (user_id)
        group by user_id
        order by user_id
        """
    )
