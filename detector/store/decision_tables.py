"""Officers' acts in the store: taken in by the nights, and overlaid on the published copy for readers at once.

A run may last for hours, and officers act meanwhile. The store therefore knows of the trail exactly what it took in
(:func:`import_trail`): what is appended afterwards stays news, for readers and for the next import.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Sequence
from typing import Any, Final

import duckdb

from detector.database.queries import execute, rows, sql_text
from detector.store.judged_dates import last_judged
from detector.store.sealing_table import add_sealings
from detector.trail import Decision, Entry, Head, Trail, decisions_of
from detector.trail.decisions import counted_after, later_of

OVERLAID: Final = ("decisions", "officer_looks", "record_sealings")
"""Tables that readers see with what the trail adds to them."""
ONE_DAY: Final = dt.timedelta(days=1)
COLUMNS: Final = (
    "number", "hash", "at", "officer", "account", "finding_id", "disposition", "note", "through", "patterns", "until",
    "undoes", "state",
)  # fmt: skip
"""What :func:`decisions_about` reads, by the names of :class:`~detector.trail.Decision`."""


def overlay_trail(connection: duckdb.DuckDBPyConnection, trail: Trail) -> None:
    """Let decisions, looks, sealings and the status of findings in a published copy be what the trail has now.

    Temporary tables and a view of these names take the place of the copy's own; a second call brings them up to date.
    """
    catalog = str(connection.execute("select current_database()").fetchall()[0][0])
    entries = trail.entries(*recorded_end(connection))
    for table in OVERLAID:
        connection.execute(f"create or replace temp table {table} as from {catalog}.main.{table}")
    connection.execute(f"create or replace temp view published_findings as from {catalog}.main.findings")
    connection.execute(f"create or replace temp view findings as {sql_text('review', 'findings.sql')}")
    if entries:
        _add_decisions(connection, entries)
        _add_looks(connection, entries)
        add_sealings(connection, entries)
        judged = last_judged(connection)
        if judged is not None:
            execute(connection, "review", "placed_decisions.sql", business_date=judged + ONE_DAY)


def import_trail(connection: duckdb.DuckDBPyConnection, trail: Trail, *, whole: bool = False) -> list[Entry]:
    """Take in what the trail holds beyond the entries that the store knows; return the entries that are new to it.

    Decisions, looks, sealings, and number and hash of the entries come in together: call it within a transaction.
    ``whole`` reads the trail from its beginning, and finds what an earlier version marked as known without taking it
    in.
    """
    known, end = recorded_end(connection)
    entries = trail.entries() if whole else trail.entries(known, end)
    if not entries:
        return []
    hashes = set(recorded_hashes(connection).values())
    _add_decisions(connection, entries)
    _add_looks(connection, entries)
    add_sealings(connection, entries)
    new = [entry for entry in entries if entry.hash not in hashes]
    later = [(entry.number, entry.hash, entry.end) for entry in new if entry.number > known.number]
    if later:
        connection.executemany("insert or ignore into trail_entries values (?, ?, ?)", later)
    return new


def apply_decisions(connection: duckdb.DuckDBPyConnection, business_date: dt.date) -> None:
    """Give every finding the status that the decisions which count before this business date gave it."""
    execute(connection, "review", "placed_decisions.sql", business_date=business_date)
    execute(connection, "review", "decided_status.sql", business_date=business_date)


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
        " order by sequence",
        [finding_id],
    ).fetchall()
    return [_stored(row) for row in rows]


def decisions_without_finding(connection: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
    """Return the standing decisions about findings that are not there: see ``decisions_without_finding.sql``."""
    return rows(connection, "review", "decisions_without_finding.sql")


def decisions_to_note(connection: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
    """Return the decisions that count later than their entries say, and of which no entry tells it yet."""
    found = connection.execute(
        "select number, hash, through from decisions where not noted order by sequence"
    ).fetchall()
    return [{"entry": number, "hash": digest, "counted_after": str(through)} for number, digest, through in found]


def mark_noted(connection: duckdb.DuckDBPyConnection) -> None:
    """Mark all decisions as ones of which the trail tells after which date they count."""
    connection.execute("update decisions set noted = true where not noted")


def _stored(row: tuple[Any, ...]) -> Decision:
    values = dict(zip(COLUMNS, row, strict=True))
    values |= {"patterns": tuple(values["patterns"]), "state": json.loads(values["state"])}
    return Decision(**values)


def _add_decisions(connection: duckdb.DuckDBPyConnection, entries: Sequence[Entry]) -> None:
    """Add the decisions among entries that are not there yet, in the order of the trail."""
    decisions = decisions_of(entries)
    if not decisions:
        return
    known = {row[0] for row in connection.execute("select hash from decisions").fetchall()}
    new = [one for one in decisions if one.hash not in known]
    if not new:
        return
    told = counted_after(entries)
    judged, last = connection.execute(
        "select (select max(business_date) from dates), (select coalesce(max(sequence), 0) from decisions)"
    ).fetchall()[0]
    connection.executemany(
        "insert into decisions (number, hash, decided_at, officer, account, finding_id, disposition, note, through,"
        " patterns, until, undoes, state, sequence, decided_finding_id, decided_through, noted)"
        " values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            _decision_row(one, told[one.hash] if one.hash in told else later_of(one.through, judged), last + place,
                          noted=one.hash in told)
            for place, one in enumerate(new, start=1)
        ],
    )  # fmt: skip


def _decision_row(
    decision: Decision, counts_after: dt.date | None, sequence: int, *, noted: bool
) -> tuple[object, ...]:
    return (
        decision.number,
        decision.hash,
        _utc(decision.at),
        decision.officer,
        decision.account,
        decision.finding_id,
        decision.disposition,
        decision.note,
        counts_after,
        list(decision.patterns),
        decision.until,
        decision.undoes,
        json.dumps(dict(decision.state), ensure_ascii=False, sort_keys=True),
        sequence,
        decision.finding_id,
        decision.through,
        noted or counts_after == decision.through,
    )


def _add_looks(connection: duckdb.DuckDBPyConnection, entries: Iterable[Entry]) -> None:
    """Add the views in which an officer saw the whole list of findings, and which are not there yet."""
    looks = [
        (
            entry.officer,
            dt.date.fromisoformat(str(entry.details["through"])),
            _utc(entry.at),
            entry.number,
            json.dumps(entry.details["seen"], sort_keys=True) if "seen" in entry.details else None,
        )
        for entry in entries
        if entry.details.get("command") == "findings" and entry.details.get("complete") and entry.details.get("through")
    ]
    if not looks:
        return
    known = set(connection.execute("select officer, through, looked_at, number, seen from officer_looks").fetchall())
    new = [look for look in looks if look not in known]
    if new:
        connection.executemany("insert into officer_looks values (?, ?, ?, ?, ?)", new)


def _utc(at: str) -> dt.datetime:
    return dt.datetime.fromisoformat(at).astimezone(dt.UTC).replace(tzinfo=None)
