"""Removes raw events that were kept long enough; what was derived from them, and the evidence of findings, stays.

Chinese law asks for network logs of at least six months (网络安全法 art. 23, 21 before 2026), data protection for no
longer than is needed: ``[store].keep_events_days`` is counted back from the newest business date, never from the clock.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Final

import duckdb

from detector.store.digests import is_as_noted
from detector.store.judged_dates import last_judged
from detector.store.parts import quoted
from detector.store.store import Store

REWRITE_DAYS: Final = 31
"""A part that reaches so far before the limit is written anew without its older rows; until then it stays whole."""


@dataclass(frozen=True, slots=True)
class Purged:
    """What went: all events of business dates ``before``, in rows; their ``parts``; quarantined and suspicious rows."""

    before: dt.date
    parts: int
    rows: int
    quarantined: int


def purge(store: Store, keep_days: int) -> Purged | None:
    """Remove raw rows of business dates more than ``keep_days`` before the newest one; None where there are none.

    Call it inside ``transaction()``. Files disappear at the next start, as replaced parts do: readers of the published
    copy may still have them open.
    """
    connection = store.connection
    newest = last_judged(connection)
    if newest is None:
        return None
    before: dt.date = newest - dt.timedelta(days=keep_days)
    parts = connection.execute(
        "select part_id, file_id, path, rows, coalesce(log_rows, rows), first_date, last_date from event_parts"
        " where last_date < $before or first_date < $before - $rewrite order by part_id",
        {"before": before, "rewrite": REWRITE_DAYS},
    ).fetchall()
    rows = 0
    for part_id, file_id, path, count, log_rows, first, last in parts:
        if not last < before and not is_as_noted(connection, store.folder, path):
            continue  # writing it anew would hide that it was changed
        kept, kept_log_rows = (0, 0) if last < before else _without_older_rows(store, part_id, path, before)
        if not kept:
            connection.execute("delete from event_parts where part_id = ?", [part_id])
        connection.execute(
            "insert into purged_parts values (?, ?, ?, ?, ?, ?)",
            [before, part_id, file_id, path, log_rows - kept_log_rows, first],
        )
        rows += count - kept
    connection.execute("delete from suspicion_events where business_date < ?", [before])
    quarantined = _purge_quarantine(connection, before)
    return Purged(before, len(parts), rows, quarantined) if parts or quarantined else None


def _without_older_rows(store: Store, part_id: int, path: str, before: dt.date) -> tuple[int, int]:
    """Write a part anew with the events of these and later business dates; return their number and that of their rows.

    The events of one row are all of one date.
    """
    connection = store.connection
    source = f"read_parquet({quoted(str(store.folder / path))})"
    target = f"{path.removesuffix('.parquet')}-from-{before:%Y%m%d}.parquet"
    kept = store.write_part(target, f"select * from {source} where business_date >= date '{before}'")
    log_rows = 0
    if kept:
        *span, log_rows = connection.execute(
            "select min(business_date), max(business_date), min(event_time), max(event_time),"
            f" count(distinct row_number) from read_parquet({quoted(str(store.folder / target))})"
        ).fetchall()[0]
        connection.execute(
            "update event_parts set path = ?, rows = ?, first_date = ?, last_date = ?, first_time = ?, last_time = ?,"
            " log_rows = ? where part_id = ?",
            [target, kept, *span, log_rows, part_id],
        )
    return kept, log_rows


def _purge_quarantine(connection: duckdb.DuckDBPyConnection, before: dt.date) -> int:
    """Remove the quarantined rows of logs whose newest event is older; return how many they were."""
    old = "select file_id from files where last_date < ?"
    connection.execute(
        "insert into purged_quarantine select ?, file_id, count(*) from quarantine"
        f" where file_id in ({old}) group by file_id order by file_id",
        [before, before],
    )
    connection.execute(f"delete from waiting_rows where file_id in ({old})", [before])
    return int(connection.execute(f"delete from quarantine where file_id in ({old})", [before]).fetchall()[0][0])
