"""The outbox: what is to be sent to a SIEM, written in the transaction that changes the findings.

A finding is queued whenever what is exported of it differs from what its row in ``outbox`` says, whoever changed it:
so a decision that is folded in later raises its event like a night does. A delivery does not wait for that
(:func:`overlay_decisions`): it sends the state that the night will queue, with its revision and digest, and what was
acknowledged then is not sent again. Where a row goes, and what was acknowledged, is known to
:mod:`detector.export.ledger` alone.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import duckdb
import polars as pl

from detector.database.queries import execute, rows, sql_text
from detector.findings.decoys import decoy_records
from detector.findings.reading import finding
from detector.findings.told_reasons import told_reasons
from detector.texts.language import Language

EVENTS_LISTED: Final = 20
"""Event ids that a notice names at most; all of them are in the findings."""
PATIENTS_LISTED: Final = 20
ACKNOWLEDGEMENT_SCHEMA: Final = pl.Schema({"key": pl.String(), "digest": pl.String(), "status": pl.String()})
"""What a target acknowledged or refused: the key of an outbox row, the digest and the status of its state then."""


@dataclass(frozen=True, slots=True)
class Pending:
    """One outbox row that is still to be sent to a target; ``change`` is what it is to this target."""

    key: str
    sequence: int
    kind: str
    revision: int
    recorded_at: dt.datetime
    change: str
    status: str | None
    digest: str
    content: Mapping[str, Any] | None


def queue_night(
    connection: duckdb.DuckDBPyConnection,
    business_date: dt.date,
    now: dt.datetime,
    *,
    decided_before: dt.date | None = None,
) -> None:
    """Queue the findings that the night to ``business_date`` changed, and the health of the night.

    ``decided_before`` is the date that :func:`detector.store.decision_tables.apply_decisions` got; by default the
    night's.
    """
    queue_changes(connection, business_date, now, decided_before=decided_before or business_date)
    execute(connection, "outbox", "health.sql", **_values(business_date, now))


def queue_changes(
    connection: duckdb.DuckDBPyConnection,
    business_date: dt.date,
    now: dt.datetime,
    *,
    decided_before: dt.date | None = None,
) -> None:
    """Queue every finding that differs from its newest queued state.

    ``decided_before`` is the business date before which the decisions count that the findings' status holds: by default
    all do.
    """
    connection.execute(
        f"insert or replace into outbox by name {sql_text('outbox', 'changed_findings.sql')}",
        {**_values(business_date, now), "decided_before": decided_before, "decided_only": False},
    )


def overlay_decisions(connection: duckdb.DuckDBPyConnection) -> None:
    """Let the outbox of a published copy hold what was decided since: findings in the state that a night will queue.

    The copy has to have the trail's decisions (:func:`detector.store.open_published`). Call it once a connection.
    """
    catalog, newest = connection.execute("select current_database(), max(business_date) from dates").fetchall()[0]
    connection.execute(
        f"create temp table decided_outbox as {sql_text('outbox', 'changed_findings.sql')}",
        {"business_date": newest, "recorded_at": None, "decided_before": None, "decided_only": True},
    )
    connection.execute(f"create temp view published_outbox as from {catalog}.main.outbox")
    connection.execute(f"create temp view outbox as {sql_text('outbox', 'outbox.sql')}")


def newest_health(connection: duckdb.DuckDBPyConnection) -> int:
    """Return the sequence of the newest night's health, with which a new target begins; 0 where there is none."""
    row = connection.execute("select coalesce(max(sequence), 0) from outbox where kind = 'health'").fetchall()[0]
    return int(row[0])


def pending(
    connection: duckdb.DuckDBPyConnection,
    *,
    include_below_alert: bool,
    health_from: int | None,
    acknowledged: pl.DataFrame,
    refused: pl.DataFrame,
    since: dt.date | None = None,
) -> list[Pending]:
    """Return what is still to be sent to a target, oldest change first.

    ``include_below_alert`` takes findings that are no alerts as well. Nights before the sequence ``health_from`` are
    left out; all of them where it is None. ``acknowledged`` and ``refused`` are frames of ``ACKNOWLEDGEMENT_SCHEMA``.
    """
    connection.register("acknowledged", acknowledged.to_arrow())
    connection.register("refused", refused.to_arrow())
    try:
        waiting = rows(
            connection, "outbox", "pending.sql",
            include_below_alert=include_below_alert, health_from=health_from, since=since,
        )  # fmt: skip
    finally:
        connection.unregister("acknowledged")
        connection.unregister("refused")
    for row in waiting:
        row["recorded_at"] = row["recorded_at"].replace(tzinfo=dt.UTC)
        row["content"] = None if row["content"] is None else json.loads(row["content"])
    return [Pending(**row) for row in waiting]


def read_states(
    connection: duckdb.DuckDBPyConnection, keys: Sequence[str], language: Language
) -> dict[str, dict[str, Any]]:
    """Return findings by id: the contract's keys (``event_ids`` the first of them) and two lists of record numbers.

    ``reasons`` are those that a reader is told.

    ``patient_ids`` are those to name, ``all_patient_ids`` all that the finding's events hold, for hiding them in texts.
    """
    states = {}
    for values in rows(
        connection,
        "outbox",
        "states.sql",
        keys=list(keys),
        events=EVENTS_LISTED,
        patients=PATIENTS_LISTED,
        decoys=sorted(decoy_records(connection)),
    ):
        lists = {name: values.pop(name) for name in ("patient_ids", "all_patient_ids")}
        told = {"reasons": told_reasons(json.loads(values["reasons"]), language)}
        states[str(values["finding_id"])] = finding(values, language) | told | lists
    return states


def _values(business_date: dt.date, now: dt.datetime) -> dict[str, Any]:
    return {"business_date": business_date, "recorded_at": now.astimezone(dt.UTC).replace(tzinfo=None, microsecond=0)}
