"""The tables that a night works on: what every account did with every patient, and why it may have.

Each table is one SQL file of ``sql/night/`` named after it, created as a temporary table in the order of ``STEPS``.
Nothing here looks beyond the end of the night's business date, and no context row is used before it has started.
"""

from __future__ import annotations

import datetime as dt
import ipaddress
from collections.abc import Iterable, Sequence
from typing import Final

import duckdb

from detector.database.connection import create_macros
from detector.database.queries import sql_text
from detector.database.site_rules import create_site_rules
from detector.deployment.days_off import days_off
from detector.deployment.detection import DEFAULTS, DetectionSettings
from detector.deployment.settings import Site
from detector.model.relations import RELATIONS
from detector.model.tables.night import CALENDAR_DAYS, JUDGED_DATES, RELATION_NAMES, SENSITIVE_DEPARTMENTS

STEPS: Final[tuple[str, ...]] = (
    "staff_on",
    "log_accounts",
    "account_dates",
    "logged_days",
    "writes",
    "record_writes",
    "recent_writes",
    "visits",
    "working_units",
    "relations",
    "follow_ups",
    "authorised_offices",
    "corroborations",
    "duties",
    "away_days",
    "approvals_known",
    "approval_dates",
    "export_days",
    "facts",
    "test_records",
)
"""Tables in the order of their making; ``record_writes`` is the store's own and is brought up to date in between."""

ACCOUNT_STEPS: Final = ("staff_on", "log_accounts", "account_dates", "approvals_known", "approval_dates")

REJUDGE_AFTER_DAYS: Final[tuple[int, ...]] = (1, 3, 7)
"""Bookings and orders arrive late: an access is judged again after so many days."""


def prepare(
    connection: duckdb.DuckDBPyConnection,
    night: dt.date,
    dates: Sequence[dt.date],
    site: Site | None = None,
    rules: DetectionSettings = DEFAULTS,
    *,
    scored: Sequence[dt.date] | None = None,
) -> None:
    """Create the night's tables for the business dates ``dates`` as they look at the end of ``night``.

    ``scored`` are those whose accesses are to be judged, by default all: of the others nothing is kept.
    ``site`` gives the calendar and the departments that weigh more, ``rules`` the offices, hours and tolerances.

    Reads the view ``events``, the context tables and ``record_writes`` (which it brings up to date for ``dates``).
    """
    _begin(connection, dates, rules)
    site_tables(connection, sorted(set(dates)), site)
    for step in STEPS:
        if step == "record_writes":
            kept = {"dates": sorted(set(dates if scored is None else scored))}
            connection.execute("delete from record_writes where business_date in (select unnest($dates::date[]))", kept)
            connection.execute(
                "insert into record_writes from writes"
                " where business_date in (select unnest($dates::date[])) order by all",
                kept,
            )
            continue
        create(connection, f"night/{step}", night)


def prepare_accounts(
    connection: duckdb.DuckDBPyConnection, night: dt.date, rules: DetectionSettings = DEFAULTS
) -> None:
    """Create those of the night's tables that tell who the accounts of ``night`` are and what was approved.

    Writes nothing, for readers of the published copy.
    """
    _begin(connection, [night], rules)
    for step in ACCOUNT_STEPS:
        create(connection, f"night/{step}", night)


def _begin(connection: duckdb.DuckDBPyConnection, dates: Sequence[dt.date], rules: DetectionSettings) -> None:
    """Create what the statements of a night name beside tables: dates, macros, rules and relations."""
    connection.execute(JUDGED_DATES.create_temporary())
    connection.executemany("insert into judged_dates values (?)", [[date] for date in sorted(set(dates))])
    create_macros(connection)
    create_site_rules(connection, rules)
    relation_tables(connection)


def relation_tables(connection: duckdb.DuckDBPyConnection) -> None:
    """Create the ordered type ``relation`` and the table ``relation_names`` from the declared relations."""
    names = ", ".join(f"'{relation.name}'" for relation in RELATIONS)
    connection.execute(f"create or replace temp type relation as enum ({names})")
    connection.execute(RELATION_NAMES.create_temporary())
    connection.executemany(
        "insert into relation_names values (?, ?, ?, ?, ?)",
        [
            [one.name, one.without_care, one.recency == "present", one.after_discharge, one.open_to_offices]
            for one in RELATIONS
        ],
    )


def site_tables(connection: duckdb.DuckDBPyConnection, dates: Sequence[dt.date], site: Site | None) -> None:
    """Create ``calendar_days`` and ``sensitive_departments``."""
    off = days_off(dates, site)
    connection.execute(CALENDAR_DAYS.create_temporary())
    connection.executemany("insert into calendar_days values (?, ?)", [[date, off[date]] for date in dates])
    connection.execute(SENSITIVE_DEPARTMENTS.create_temporary())
    named = sorted(set(site.sensitive_departments)) if site else []
    if named:
        connection.executemany("insert into sensitive_departments values (?)", [[name] for name in named])


def create(connection: duckdb.DuckDBPyConnection, path: str, night: dt.date) -> None:
    """Run one SQL file as ``create temp table``; its name is the file's, ``$night`` its only parameter."""
    text = sql_text(*f"{path}.sql".split("/"))
    parameters = {"night": night} if "$night" in text else {}
    connection.execute(f"create or replace temp table {path.rsplit('/', 1)[-1]} as {text}", parameters)


def judge_addresses(addresses: Iterable[str], internal_networks: Iterable[str]) -> list[tuple[str, bool]]:
    """Tell for each address whether it lies outside all of the site's networks; what is no address is not external."""
    networks = [ipaddress.ip_network(network) for network in internal_networks]

    def external(address: str) -> bool:
        try:
            parsed = ipaddress.ip_address(address)
        except ValueError:
            return False
        mapped = getattr(parsed, "ipv4_mapped", None)
        candidate = mapped or parsed
        return not any(candidate.version == network.version and candidate in network for network in networks)

    return [(address, external(address)) for address in sorted(set(addresses))]
