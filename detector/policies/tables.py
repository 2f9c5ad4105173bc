"""The tables that policies read: one date's events and patient-days, and the accounts, approvals and addresses of it.

Some of what policies read outlives the night: ``source_hours`` (events per source and hour), ``interface_hours``
(those of each interface), ``source_orders`` (how each source numbers its rows), ``source_delays`` (dates whose rows
came late) and ``account_spans`` (first and last date of each account). The former include the date in question, the
last ends before the night.
"""

from __future__ import annotations

import datetime as dt
from typing import Final

import duckdb
import polars as pl

from detector.database.queries import execute, sql_text
from detector.database.rows import registered
from detector.deployment.days_off import days_off
from detector.deployment.settings import Settings
from detector.detection.night_tables import create, judge_addresses
from detector.detection.planned_silences import create_planned_silences
from detector.model.tables import policies as declared
from detector.store.sealing_table import naive, spans_under_seal

SPAN_DAYS: Final = 28
"""An account that was seen so recently is in use; of others every event counts."""
RECENT_DAYS: Final = 7
"""Business dates in ``recent_patient_days``, the night's own the last of them."""
HABIT_DAYS: Final = 84
"""Dates of a source's habit in ``source_dates`` before its last one with rows."""
COPIED_EVENTS: Final = 50_000
"""A date of so many events or fewer is copied for the policies: what two dozen of them read then lies in memory."""
LONGEST_SILENCE: Final = 730
"""Days after which a source that ended is no longer told of."""


def update_source_hours(connection: duckdb.DuckDBPyConnection, as_of: dt.date, night: dt.date | None = None) -> None:
    """Count the events of the judged dates anew per source and hour; before the policies, which compare with them.

    What came for dates that were judged before tells how late a source is: ``source_delays``, ``source_habits``. The
    rows came in the ``night``, by default at the end of ``as_of``.
    """
    create(connection, "night/hours_of_source", as_of)
    execute(connection, "policy_tables", "late_dates.sql", night=night or as_of)
    connection.execute("delete from source_hours where business_date in (from judged_dates)")
    connection.execute("insert into source_hours by name from hours_of_source order by all")
    create(connection, "policy_tables/hours_of_interfaces", as_of)
    connection.execute("delete from interface_hours where business_date in (from judged_dates)")
    connection.execute("insert into interface_hours by name from hours_of_interfaces order by all")
    update_source_habits(connection, as_of)


def update_source_habits(connection: duckdb.DuckDBPyConnection, night: dt.date) -> None:
    """Create ``source_habits``: how late each source uses to be at the end of a night."""
    create(connection, "policy_tables/source_habits", night)


def update_account_spans(connection: duckdb.DuckDBPyConnection) -> None:
    """Widen the spans of the accounts seen on the judged dates; after the policies, which ask what was before."""
    connection.execute(f"insert or replace into account_spans by name {sql_text('policy_tables', 'account_spans.sql')}")


def create_known_spans(connection: duckdb.DuckDBPyConnection, date: dt.date) -> bool:
    """Create ``known_spans``: what was known of every account before ``date``; return whether it may lack old dates.

    Where later dates were judged before, the last date of the accounts seen on ``date`` is looked up in the
    account-days and in the view ``events``. An account whose last date lies more than ``SPAN_DAYS`` back may have had
    events without patients since, which only a view of the whole history shows.
    """
    later = "select exists (from account_spans where last_seen_on >= $date)"
    if not connection.execute(later, {"date": date}).fetchall()[0][0]:
        connection.execute("create or replace temp table known_spans as from account_spans")
        return False
    spans = sql_text("policy_tables", "known_spans.sql")
    connection.execute(f"create or replace temp table known_spans as {spans}", {"date": date})
    may_lack_dates = connection.execute(
        "select exists (from known_spans where last_seen_on < $since"
        " and user_id in (select user_id from account_dates where business_date = $date))",
        {"since": date - dt.timedelta(days=SPAN_DAYS), "date": date},
    ).fetchall()[0][0]
    return bool(may_lack_dates)


def create_policy_tables(connection: duckdb.DuckDBPyConnection, date: dt.date, settings: Settings) -> None:
    """Create the tables that policies read, of one judged date.

    The night tables must cover the date, :func:`create_known_spans` must have been called for it, and the views
    ``events`` and ``patient_days`` must cover the last RECENT_DAYS dates.
    """
    create_night_events(connection, date)
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
    _create_orders(connection, date)
    connection.execute(
        "create or replace temp table approvals_on as"
        " select * exclude (business_date) from approval_dates where business_date = $date",
        {"date": date},
    )
    _create_addresses(connection, settings.site.internal_networks)
    _create_sealed_records(connection, settings.site.timezone)
    create_planned_silences(connection, settings)
    _create_source_dates(connection, date, settings)


def create_night_events(connection: duckdb.DuckDBPyConnection, date: dt.date) -> None:
    """Create ``night_events``: of few events a copy, of many a view, of which each reader reads what it needs."""
    earlier = (
        "select 'table' from duckdb_tables() where temporary and table_name = 'night_events'"
        " union all select 'view' from duckdb_views() where temporary and view_name = 'night_events'"
    )
    for (kind,) in connection.execute(earlier).fetchall():
        connection.execute(f"drop {kind} night_events")
    count = "select count(*) from events where business_date = $date"
    is_small = connection.execute(count, {"date": date}).fetchall()[0][0] <= COPIED_EVENTS
    connection.execute(
        f"create temp {'table' if is_small else 'view'} night_events as"
        " select *, action not in ('login', 'logout', 'other') as is_access"
        f" from events where business_date = date '{date}' and not is_nobody(user_id)"
        " and (patient_id is null or patient_id not in (select unnest(test_patients) from site_rules))"
    )


def update_source_orders(connection: duckdb.DuckDBPyConnection, date: dt.date) -> None:
    """Keep how the sources number and order their rows on a date, after :func:`create_policy_tables`."""
    connection.execute("delete from source_orders where business_date = ?", [date])
    connection.execute("insert into source_orders by name from orders_of_source order by all")


def _create_orders(connection: duckdb.DuckDBPyConnection, date: dt.date) -> None:
    """Create ``number_holes``, ``clock_steps`` and ``orders_of_source`` from the night's events."""
    create(connection, "policy_tables/number_steps", date)
    create(connection, "policy_tables/number_holes", date)
    create(connection, "policy_tables/row_steps", date)
    create(connection, "policy_tables/clock_steps", date)
    orders = sql_text("policy_tables", "orders_of_source.sql")
    connection.execute(f"create or replace temp table orders_of_source as {orders}", {"date": date})
    connection.execute("drop table number_steps")
    connection.execute("drop table row_steps")


def _create_source_dates(connection: duckdb.DuckDBPyConnection, date: dt.date, settings: Settings) -> None:
    """Create ``source_dates``: what each source sent on which kind of date, and what was due."""
    last = connection.execute(
        "select min(last_on) from (select max(business_date) as last_on from source_hours group by source)"
    ).fetchall()[0][0]
    first = max(min(last or date, date) - dt.timedelta(days=HABIT_DAYS), date - dt.timedelta(days=LONGEST_SILENCE))
    dates = [first + dt.timedelta(days=number) for number in range((date - first).days + 1)]
    off = days_off(dates, settings.site)
    site_days = pl.DataFrame(
        list(off.items()), schema={"business_date": pl.Date(), "day_off": pl.Boolean()}, orient="row"
    )
    with registered(connection, site_days=site_days):
        connection.execute(
            f"create or replace temp table source_dates as {sql_text('policy_tables', 'source_dates.sql')}",
            {"date": date, "first": first, "sources": [source.name for source in settings.sources]},
        )


def _create_addresses(connection: duckdb.DuckDBPyConnection, internal_networks: tuple[str, ...]) -> None:
    """Create ``addresses``: one row per address of the night's events, ``external`` where it is not the site's."""
    connection.execute(declared.ADDRESSES.create_temporary())
    rows = connection.execute("select distinct client_ip from night_events where client_ip is not null").fetchall()
    addresses = judge_addresses((str(row[0]) for row in rows), internal_networks)
    if addresses:
        connection.executemany("insert into addresses values (?, ?)", addresses)


def _create_sealed_records(connection: duckdb.DuckDBPyConnection, timezone: str) -> None:
    """Create ``sealed_records``: one row per time under seal and number by which logs may know the record."""
    connection.execute(declared.SEALED_RECORDS.create_temporary())
    rows = [
        (number, naive(span.starts_at), None if span.ends_at is None else naive(span.ends_at))
        for span in spans_under_seal(connection, timezone)
        for number in sorted({span.patient_id, *span.numbers})
    ]
    if rows:
        connection.executemany("insert into sealed_records values (?, ?, ?)", rows)


def create_policy_events(connection: duckdb.DuckDBPyConnection) -> None:
    """Create the empty table ``policy_events``: the events behind what fires in a night, kept for its findings."""
    connection.execute(declared.POLICY_EVENTS.create_temporary())


def add_policy_events(connection: duckdb.DuckDBPyConnection, date: dt.date) -> None:
    """Add the events that policies fired on at ``date``, out of the policy tables, to ``policy_events``."""
    connection.execute(
        f"insert into policy_events by name {sql_text('policy_tables', 'policy_events.sql')}",
        {"date": date},
    )
