"""A run and the trail: what it takes in of officers' acts, and the entry that it leaves.

Officers act whenever they like. A run takes their acts in at its beginning, before every night and at its end, and the
store knows no more of the trail than it took in: what comes later is for the next run, and for readers at once.
"""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import duckdb

from detector import __version__
from detector.database.queries import execute, rows
from detector.deployment.settings import Settings
from detector.export.ledger import sent_heads
from detector.export.outbox import queue_changes
from detector.loading.context_versions import ContextVersions
from detector.night.dates import ONE_DAY
from detector.store import Store
from detector.store.decision_tables import (
    apply_decisions,
    decisions_to_note,
    import_trail,
    mark_noted,
    recorded_end,
    recorded_hashes,
)
from detector.store.digests import note_dates, note_findings, note_unknown_parts, seal_parts
from detector.store.judged_dates import last_judged
from detector.store.retention import purge
from detector.store.sealing_table import mark_sealings_noted, sealings_to_note
from detector.store.seals import INTERIM, SealChain, chain_of
from detector.trail import Entry, Trail, officer_of
from detector.trail.decisions import NIGHT

PURGE: Final = "purge"
RESTORED: Final = "restored"
CONTEXT: Final = "context"
REPAIR: Final = "repair"


def begin_seals(store: Store, trail: Trail) -> SealChain:
    """Look at the store as the run finds it; parts of earlier versions get their digests here."""
    chain = chain_of(store.connection, store.folder, trail.entries())
    with store.transaction():
        note_unknown_parts(store.connection, store.folder)
    return chain


def record_date(
    store: Store, settings: Settings, trail: Trail, now: datetime, chain: SealChain, dates: Sequence[dt.date],
    changed: Sequence[str],
) -> None:  # fmt: skip
    """Append the seal of a date that is about to be committed; ``changed`` are the findings that it changed."""
    connection = store.connection
    note_dates(connection, dates)
    note_findings(connection, changed)
    _append(store, settings, trail, now, chain, INTERIM, {"through": str(max(dates))})


def record_repair(
    store: Store, settings: Settings, trail: Trail, now: datetime, chain: SealChain, rebuilt: Sequence[str],
    lost: Sequence[str],
) -> None:  # fmt: skip
    """Append what a repair rebuilt and what it could not; findings keep the digests that their nights noted."""
    with store.transaction():
        _append(store, settings, trail, now, chain, REPAIR, {"rebuilt": list(rebuilt), "lost": list(lost)})


def _append(
    store: Store, settings: Settings, trail: Trail, now: datetime, chain: SealChain, kind: str, details: dict[str, Any]
) -> None:
    seal_parts(store.connection)
    noted = recorded_end(store.connection)[0]
    sealed = details | chain.details(store.connection)
    chain.went_on(trail.append(officer_of(settings), kind, [sealed], now, noted=noted)[0].number)


def begin_run(store: Store, settings: Settings, trail: Trail, now: datetime) -> bool:
    """Take in what officers did since the last run; return whether the store was restored from a backup meanwhile.

    A store whose trail tells of nights that it does not hold is older than its trail. The trail is never rolled back:
    an entry ``restored`` says so, the nights are judged anew, and of several entries about a date the newest counts.
    Raises StoreError where the trail cannot be written.
    """
    connection = store.connection
    with store.transaction():
        end, _ = recorded_end(connection)
        lacking = _nights_lacking(connection, import_trail(connection, trail, whole=True), settings)
        if lacking:
            details = {
                "through": _text(last_judged(connection)),
                "nights_through": max(str(night.details.get("through") or "") for night in lacking) or None,
                "nights": [night.number for night in lacking],
            }
            trail.append(officer_of(settings), RESTORED, [details], now, noted=end)
            import_trail(connection, trail)
    return bool(lacking)


def take_in(store: Store, trail: Trail) -> None:
    """Take in what officers did while the run was at work; it counts from the next night on."""
    with store.transaction():
        import_trail(store.connection, trail)


def record_night(
    store: Store, settings: Settings, trail: Trail, now: datetime, chain: SealChain, start: datetime | None = None
) -> bool:
    """Append the run's entry, take in what officers did meanwhile; return whether the trail is intact.

    The entry covers whatever no earlier entry did: dates that a killed run left behind are in the next one. The store
    then knows the trail up to the entry, and has the decisions before it. A ``start`` that took the clock's place is
    noted. Raises StoreError where the trail cannot be
    written.
    """
    connection = store.connection
    with store.transaction():
        _apply(connection, trail, now)
        _, faults = trail.check(noted=recorded_hashes(connection) | sent_heads(settings))
        note_dates(connection)
        note_findings(connection)
        details = night_details(store, settings) | ({"start": start.isoformat()} if start else {})
        _append(store, settings, trail, now, chain, NIGHT, details)
        mark_noted(connection)
        mark_sealings_noted(connection)
        _apply(connection, trail, now)
        execute(connection, "review", "note_files.sql")
        execute(connection, "review", "note_dates.sql")
    return not faults


def record_purge(store: Store, settings: Settings, trail: Trail, now: datetime, chain: SealChain) -> None:
    """Remove the raw events that were kept long enough, with an entry in the trail."""
    with store.transaction():
        purged = purge(store, settings.store.keep_events_days)
        if purged is not None:
            details = {"keep_events_days": settings.store.keep_events_days, **asdict(purged)}
            _append(store, settings, trail, now, chain, PURGE, details)


def record_accepted_context(
    store: Store, settings: Settings, trail: Trail, context: ContextVersions, accepted: Collection[str], now: datetime
) -> set[str]:
    """Append an entry for each context table whose newest file is accepted, whatever it lost; return their names.

    What a run accepted that was killed afterwards counts as well: its entry stands behind that of the last night.
    """
    before = {(one.details.get("table"), one.details.get("digest")) for one in _since_last_night(trail, CONTEXT)}
    usable = [file for file in context.files.values() if file.is_usable]
    again = {file.name for file in usable if (file.name, file.digest) in before}
    new = [file for file in usable if file.name in accepted and file.name not in again]
    details = [
        {
            "table": file.name,
            "file": _relative(str(file.path), settings.folder),
            "digest": file.digest,
            "rows_before": context.rows_in_use(file.name),
            "rows": file.rows,
        }
        for file in new
    ]
    if details:
        trail.append(officer_of(settings), CONTEXT, details, now, noted=recorded_end(store.connection)[0])
    return again | {file.name for file in new}


def night_details(store: Store, settings: Settings) -> dict[str, Any]:
    """Return the details of the entry: version, configuration, business dates, files with their hashes, findings."""
    connection = store.connection
    files = rows(connection, "review", "unnoted_files.sql")
    sealings = sealings_to_note(connection)
    return {
        "version": __version__,
        "configuration": settings.digest,
        **rows(connection, "review", "unnoted_dates.sql")[0],
        **rows(connection, "review", "unnoted_findings.sql")[0],
        "decisions": decisions_to_note(connection),
        **({"sealings": sealings} if sealings else {}),
        "files": [{**file, "path": _relative(str(file["path"]), settings.folder)} for file in files],
    }


def _apply(connection: duckdb.DuckDBPyConnection, trail: Trail, now: datetime) -> None:
    """Take in and apply what officers did since the last night, and queue the findings whose status it changes."""
    import_trail(connection, trail)
    last = last_judged(connection)
    if last is not None:
        apply_decisions(connection, last + ONE_DAY)
        queue_changes(connection, last, now, decided_before=last + ONE_DAY)


def _nights_lacking(connection: duckdb.DuckDBPyConnection, entries: Sequence[Entry], settings: Settings) -> list[Entry]:
    """Return the nights among entries that the store did not know which judged or read what it does not hold.

    A run that was killed between its entry and its last commit leaves an entry of which the store holds everything.
    """
    last = last_judged(connection)
    held = {
        _relative(str(path), settings.folder): size
        for path, size in connection.execute("select path, max(bytes_read) from files group by path").fetchall()
    }
    restored = max((place for place, one in enumerate(entries) if one.kind == RESTORED), default=-1)
    return [
        entry
        for entry in entries[restored + 1 :]
        if entry.kind == NIGHT
        and (
            (entry.details.get("through") or "") > (_text(last) or "")
            or any(
                held.get(str(file.get("path")), -1) < file.get("bytes", 0) for file in entry.details.get("files", ())
            )
        )
    ]


def _since_last_night(trail: Trail, kind: str) -> list[Entry]:
    """Return the entries of a kind that stand behind that of the last night."""
    content = trail.read()
    if content.rfind(f'"kind": "{kind}"'.encode()) < content.rfind(f'"kind": "{NIGHT}"'.encode()):
        return []  # nearly always: no need to read every entry
    entries = trail.entries()
    last = max((place for place, one in enumerate(entries) if one.kind == NIGHT), default=-1)
    return [one for one in entries[last + 1 :] if one.kind == kind]


def _text(date: dt.date | None) -> str | None:
    return None if date is None else str(date)


def _relative(path: str, folder: Path) -> str:
    with contextlib.suppress(ValueError):
        return str(Path(path).relative_to(folder))
    return path
