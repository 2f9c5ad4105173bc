"""Officers' decisions in the store: imported by the night, and overlaid on the published copy for readers at once."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Sequence
from typing import Any, Final

import duckdb

from detector.database.queries import execute, sql_text
from detector.trail import Decision, Entry, Head, Trail, decisions_of

OVERLAID: Final = ("decisions", "officer_looks")
"""Tables that readers see with what the trail adds to them."""
COLUMNS: Final = (
    "number", "hash", "at", "officer", "account", "finding_id", "disposition", "note", "through", "patterns", "until",
    "undoes", "state",
)  # fmt: skip
"""What a row of ``decisions`` holds, by the names of :class:`~detector.trail.Decision`."""


def overlay_trail(connection: duckdb.DuckDBPyConnection, trail: Trail) -> None:
    """Let decisions, looks and the status of findings in a published copy be what the trail has now.

    Temporary tables and a view of these names take the place of the copy's own.
    """
    catalog = str(connection.execute("select current_database()").fetchall()[0][0])
    entries = trail.entries(*recorded_end(connection))
    for table in OVERLAID:
        connection.execute(f"create temp table {table} as from {catalog}.main.{table}")
    _insert(connection, "decisions", "hash", [_decision_row(one) for one in decisions_of(entries)])
    _insert(connection, "officer_looks", "number", _look_rows(entries))
    connection.execute(f"create or replace temp view published_findings as from {catalog}.main.findings")
    connection.execute(f"create or replace temp view findings as {sql_text('review', 'findings.sql')}")


def import_trail(connection: duckdb.DuckDBPyConnection, trail: Trail) -> None:
    """Insert the decisions and looks of the trail that the store does not have yet."""
    entries = trail.entries(*recorded_end(connection))
    _insert(connection, "decisions", "hash", [_decision_row(one) for one in decisions_of(entries)])
    _insert(connection, "officer_looks", "number", _look_rows(entries))


def apply_decisions(connection: duckdb.DuckDBPyConnection, business_date: dt.date) -> None:
    """Give every finding the status that the decisions taken before this business date was worked through gave it."""
    execute(connection, "review", "decided_status.sql", business_date=business_date)


def record_entries(connection: duckdb.DuckDBPyConnection, trail: Trail) -> None:
    """Record number, hash and place of the entries that the store does not have yet."""
    known, end = recorded_end(connection)
    rows = [(entry.number, entry.hash, entry.end) for entry in trail.entries(known, end) if entry.number > known.number]
    if rows:
        connection.executemany("insert or ignore into trail_entries values (?, ?, ?)", rows)


def recorded_end(connection: duckdb.DuckDBPyConnection) -> tuple[Head, int]:
    """Return the last entry of the trail that the store knows, and the byte where its line ends."""
    rows = connection.execute(
        "select number, hash, end_byte from trail_entries order by number desc limit 1"
    ).fetchall()
    return (Head(rows[0][0], str(rows[0][1])), int(rows[0][2])) if rows else (Head(), 0)


def recorded_hashes(connection: duckdb.DuckDBPyConnection) -> dict[int, str]:
    """Return the hash of every entry of the trail that the store knows, by number."""
    return {int(row[0]): str(row[1]) for row in connection.execute("select number, hash from trail_entries").fetchall()}


def decisions_about(connection: duckdb.DuckDBPyConnection, finding_id: str) -> list[Decision]:
    """Return the decisions about one finding, oldest first."""
    rows = connection.execute(
        "select number, hash, strftime(decided_at, '%Y-%m-%dT%H:%M:%S+00:00'), officer, account, finding_id,"
        " disposition, note, through, patterns, until, undoes, state from decisions where finding_id = ?"
        " order by decided_at, number",
        [finding_id],
    ).fetchall()
    return [_stored(row) for row in rows]


def _stored(row: tuple[Any, ...]) -> Decision:
    values = dict(zip(COLUMNS, row, strict=True))
    values |= {"patterns": tuple(values["patterns"]), "state": json.loads(values["state"])}
    return Decision(**values)


def _decision_row(decision: Decision) -> tuple[object, ...]:
    return (
        decision.number,
        decision.hash,
        _utc(decision.at),
        decision.officer,
        decision.account,
        decision.finding_id,
        decision.disposition,
        decision.note,
        decision.through,
        list(decision.patterns),
        decision.until,
        decision.undoes,
        json.dumps(dict(decision.state), ensure_ascii=False, sort_keys=True),
    )


def _look_rows(entries: Iterable[Entry]) -> list[tuple[object, ...]]:
    """Return the views in which an officer saw the whole list of findings."""
    return [
        (entry.officer, str(entry.details["through"]), _utc(entry.at), entry.number)
        for entry in entries
        if entry.details.get("command") == "findings" and entry.details.get("complete") and entry.details.get("through")
    ]


def _utc(at: str) -> dt.datetime:
    return dt.datetime.fromisoformat(at).astimezone(dt.UTC).replace(tzinfo=None)


def _insert(connection: duckdb.DuckDBPyConnection, table: str, key: str, rows: Sequence[tuple[object, ...]]) -> None:
    """Add the rows whose key is not there yet."""
    if not rows:
        return
    place = [str(row[0]) for row in connection.execute(f"select * from {table} limit 0").description or ()].index(key)
    known = {row[0] for row in connection.execute(f"select {key} from {table}").fetchall()}
    new = [row for row in rows if row[place] not in known]
    if new:
        connection.executemany(f"insert into {table} values ({', '.join('?' for _ in new[0])})", new)
