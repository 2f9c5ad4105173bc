"""What `detector verify` checks of a store, on the published copy, while a night may be at work."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import duckdb

from detector.database.connection import as_store_error
from detector.database.queries import rows
from detector.deployment.settings import Settings
from detector.errors import StoreError
from detector.store.parts import quoted
from detector.store.published import Published, open_published


@dataclass(frozen=True, slots=True)
class Check:
    """One check; `detail` says what was counted, or what is wrong."""

    name: str
    passed: bool
    detail: str


def verify_store(settings: Settings) -> list[Check]:
    """Run all checks; raises StoreError where there is no published copy to check."""
    checks: list[Check] = []
    with open_published(settings, views=False) as store:
        for name, check in _CHECKS.items():
            try:
                wrong, detail = check(store)
            except duckdb.Error as error:
                readable = as_store_error(error, store.path)
                wrong, detail = True, str(readable or error).splitlines()[0]
            except StoreError as error:
                wrong, detail = True, str(error)
            checks.append(Check(name, not wrong, detail))
    return checks


CheckResult = tuple[bool, str]
"""Whether something is wrong, and what."""


def _accounting(store: Published) -> CheckResult:
    wrong = store.connection.execute(
        "select path, rows_read, accepted, duplicates, quarantined from files"
        " where rows_read <> accepted + duplicates + quarantined order by file_id"
    ).fetchall()
    if wrong:
        path, read, accepted, duplicates, quarantined = wrong[0]
        return True, f"{path}: {read} rows read, but {accepted} + {duplicates} + {quarantined}"
    files, read = store.connection.execute("select count(*), coalesce(sum(rows_read), 0) from files").fetchall()[0]
    return False, f"{files} files, {read} rows read"


def _parts(folder: str, table: str) -> Callable[[Published], CheckResult]:
    def check(store: Published) -> CheckResult:
        """Compare the rows that each part holds with what its list says."""
        listed = store.connection.execute(f"select path, rows from {table} order by path").fetchall()
        total = 0
        for path, expected in listed:
            file = store.folder / path
            if not file.is_file():
                return True, f"{path} is missing"
            held = _rows_of(store.connection, file)
            if held != expected:
                return True, f"{path} holds {held} rows instead of {expected}"
            total += expected
        return False, f"{len(listed)} parts in {folder}, {total} rows"

    return check


def _rows_of(connection: duckdb.DuckDBPyConnection, file: Path) -> int:
    """Return the rows of a part, reading every column so that damage shows."""
    read = f"select count(*), bit_xor(hash(part)) from read_parquet({quoted(str(file))}) as part"
    return int(connection.execute(read).fetchall()[0][0])


def _accepted(store: Published) -> CheckResult:
    files = rows(store.connection, "load", "accepted_and_stored.sql")
    for file in files:
        if file["accepted"] != file["stored"]:
            return True, f"{file['path']}: {file['accepted']} rows accepted, {file['stored']} events stored"
    return False, f"{sum(file['accepted'] for file in files)} events"


def _quarantine(store: Published) -> CheckResult:
    files = rows(store.connection, "load", "quarantined_and_kept.sql")
    for file in files:
        if file["quarantined"] != file["kept"]:
            return True, f"{file['path']}: {file['quarantined']} rows quarantined, {file['kept']} kept"
    return False, f"{sum(file['quarantined'] for file in files)} rows"


def _identities(store: Published) -> CheckResult:
    store.refresh_views()
    twice = store.connection.execute(
        "select event_id, count(*) from events group by event_id having count(*) > 1 order by event_id limit 1"
    ).fetchall()
    if twice:
        return True, f"{twice[0][0]} exists {twice[0][1]} times"
    return False, "every identity exists once"


_CHECKS: dict[str, Callable[[Published], CheckResult]] = {
    "rows read = accepted + duplicates + quarantined": _accounting,
    "event parts are complete": _parts("events", "event_parts"),
    "patient-day parts are complete": _parts("patient_days", "patient_day_parts"),
    "accepted rows = stored events": _accepted,
    "quarantined rows are kept": _quarantine,
    "no event exists twice": _identities,
}
