"""Sealed records in the store: acts taken from the trail as decisions are, and the times under seal they come to."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

import duckdb

from detector.database.queries import rows
from detector.trail import Entry
from detector.trail.decisions import counted_after, later_of
from detector.trail.sealings import SealedSpan, Sealing, sealed_spans, sealings_of


def add_sealings(connection: duckdb.DuckDBPyConnection, entries: Sequence[Entry]) -> None:
    """Add the sealings among entries that are not in the table yet, in the order of the trail."""
    acts = sealings_of(entries)
    if not acts:
        return
    known = {row[0] for row in connection.execute("select hash from record_sealings").fetchall()}
    new = [one for one in acts if one.hash not in known]
    if not new:
        return
    told = counted_after(entries)
    judged, last = connection.execute(
        "select (select max(business_date) from dates), (select coalesce(max(sequence), 0) from record_sealings)"
    ).fetchall()[0]
    connection.executemany(
        "insert into record_sealings (number, hash, acted_at, officer, account, patient_id, act, moment, until, note,"
        " through, sequence, noted) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            _row(one, told.get(one.hash, later_of(one.through, judged)), last + place, noted=one.hash in told)
            for place, one in enumerate(new, start=1)
        ],
    )


def spans_under_seal(connection: duckdb.DuckDBPyConnection, timezone: str) -> list[SealedSpan]:
    """Return the times under seal, by the numbers that records have today, oldest first."""
    acts = [(str(row.pop("record")), _act(row)) for row in rows(connection, "review", "sealings.sql")]
    return sealed_spans(acts, ZoneInfo(timezone))


def sealings_to_note(connection: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
    """Return the sealings that count later than their entries say, and of which no entry tells it yet."""
    found = connection.execute(
        "select number, hash, through from record_sealings where not noted order by sequence"
    ).fetchall()
    return [{"entry": number, "hash": digest, "counted_after": str(through)} for number, digest, through in found]


def mark_sealings_noted(connection: duckdb.DuckDBPyConnection) -> None:
    """Mark all sealings as ones of which the trail tells after which date they count."""
    connection.execute("update record_sealings set noted = true where not noted")


def naive(instant: dt.datetime) -> dt.datetime:
    """Return an instant as the store keeps it: UTC, without saying so."""
    return instant.astimezone(dt.UTC).replace(tzinfo=None)


def _row(act: Sealing, counts_after: dt.date | None, sequence: int, *, noted: bool) -> tuple[object, ...]:
    return (
        act.number,
        act.hash,
        naive(dt.datetime.fromisoformat(act.at)),
        act.officer,
        act.account,
        act.patient_id,
        act.act,
        naive(act.moment),
        act.until,
        act.note,
        counts_after,
        sequence,
        noted or counts_after == act.through,
    )


def _act(row: dict[str, Any]) -> Sealing:
    at = row.pop("acted_at").replace(tzinfo=dt.UTC).isoformat(timespec="seconds")
    return Sealing(**row | {"at": at, "moment": row["moment"].replace(tzinfo=dt.UTC)})
