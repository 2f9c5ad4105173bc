"""The entry that every run leaves in the trail: version, configuration, what was read, what was raised."""

from __future__ import annotations

import contextlib
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from detector import __version__
from detector.database.queries import execute, rows
from detector.deployment.settings import Settings
from detector.store import Store
from detector.store.decision_tables import record_entries, recorded_end, recorded_hashes
from detector.store.retention import purge
from detector.trail import Trail, officer_of

KIND: Final = "night"
PURGE: Final = "purge"


def record_night(store: Store, settings: Settings, trail: Trail, now: datetime) -> bool:
    """Append the run's entry, and record in the store how far the trail goes; return whether the trail is intact.

    The entry covers whatever no earlier entry did: dates that a killed run left behind are in the next one.
    Raises StoreError where the trail cannot be written.
    """
    connection = store.connection
    with store.transaction():
        _, faults = trail.check(noted=recorded_hashes(connection))
        end, _ = recorded_end(connection)
        trail.append(officer_of(settings), KIND, [night_details(store, settings)], now, noted=end)
        record_entries(connection, trail)
        execute(connection, "review", "note_files.sql")
        execute(connection, "review", "note_dates.sql")
    return not faults


def record_purge(store: Store, settings: Settings, trail: Trail, now: datetime) -> None:
    """Remove the raw events that were kept long enough, with an entry in the trail."""
    with store.transaction():
        purged = purge(store, settings.store.keep_events_days)
        if purged is not None:
            details = {"keep_events_days": settings.store.keep_events_days, **asdict(purged)}
            trail.append(officer_of(settings), PURGE, [details], now, noted=recorded_end(store.connection)[0])


def night_details(store: Store, settings: Settings) -> dict[str, Any]:
    """Return the details of the entry: version, configuration, business dates, files with their hashes, findings."""
    connection = store.connection
    files = rows(connection, "review", "unnoted_files.sql")
    return {
        "version": __version__,
        "configuration": settings.digest,
        **rows(connection, "review", "unnoted_dates.sql")[0],
        **rows(connection, "review", "unnoted_findings.sql")[0],
        "files": [{**file, "path": _relative(str(file["path"]), settings.folder)} for file in files],
    }


def _relative(path: str, folder: Path) -> str:
    with contextlib.suppress(ValueError):
        return str(Path(path).relative_to(folder))
    return path
