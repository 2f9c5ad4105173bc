"""Seals in the trail: the states in which nights left the store, which of them it is in now, and what broke in between.

An entry with a seal names the entry whose state it went on from. ``None`` means: nobody had left the store as the run
found it. That stays visible until a run goes on from a state before it, which is what restoring a backup, or judging
all logs anew, comes to.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import duckdb

from detector.store.digests import EMPTY, Seal, date_faults, finding_faults, policy_faults
from detector.trail import Entry

REJUDGED_DAYS: Final = 8
"""A run looks at so many of the last dates before it judges some of them again."""
INTERIM: Final = "seal"
"""Kind of the entry that a run writes before it commits a date; the run's last entry is of another kind."""


@dataclass(frozen=True, slots=True)
class SealedEntry:
    """An entry of the trail that holds a seal.

    ``origin`` is the number of the entry whose state the run began with, 0 for an empty store, None for a state that no
    entry knows; ``found`` are findings, parts and dates that were not as noted before the run.
    """

    number: int
    at: str
    interim: bool
    seal: Seal
    origin: int | None
    found: tuple[str, ...] = ()


def sealed_entries(entries: Iterable[Entry]) -> list[SealedEntry]:
    """Return the entries that hold a seal, in order."""
    found = []
    for entry in entries:
        seal = Seal.read(entry.details)
        if seal is None:
            continue
        told = entry.details["store"]
        origin = told.get("origin")
        names = tuple(map(str, told.get("found") or ()))
        found.append(
            SealedEntry(
                entry.number, entry.at, entry.kind == INTERIM, seal, origin if origin is None else int(origin), names
            )
        )
    return found


def state_of(seal: Seal, sealed: Sequence[SealedEntry]) -> int | None:
    """Return the number of the newest entry with this seal; 0 for an empty store, None where no entry left it so."""
    for entry in reversed(sealed):
        if entry.seal == seal:
            return entry.number
    return 0 if seal == EMPTY else None


def is_newest(number: int, sealed: Sequence[SealedEntry]) -> bool:
    """Tell whether a state is the last one that was committed: entries of a date are written before its commit."""
    return all(entry.interim for entry in sealed if entry.number > number)


def breaks(sealed: Sequence[SealedEntry]) -> list[SealedEntry]:
    """Return the entries that began with a state nobody had left, or changed findings, unless settled since."""
    found = []
    for place, entry in enumerate(sealed):
        later = (one.origin for one in sealed[place + 1 :] if one.origin is not None and not one.found)
        if (entry.origin is None or entry.found) and not any(origin < entry.number for origin in later):
            found.append(entry)
    return found


@dataclass(slots=True)
class SealChain:
    """Writes the seals of one run, each on what the one before left."""

    origin: int | None
    found: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()

    def details(self, connection: duckdb.DuckDBPyConnection) -> dict[str, Any]:
        """Return the member ``store`` of an entry that is about to be written."""
        return {"store": {**Seal.of(connection).details(), "origin": self.origin, "found": list(self.found)}}

    def went_on(self, number: int) -> None:
        """Take an entry that was written as the state that the next one goes on from."""
        self.origin, self.found = number, ()


def chain_of(connection: duckdb.DuckDBPyConnection, folder: Path, entries: Iterable[Entry]) -> SealChain:
    """Look at a store before a run changes it: what state it is in, and whether findings and parts are as noted.

    Parts are looked at by their length alone; ``verify`` reads them.
    """
    sealed = sealed_entries(entries)
    if not sealed:
        return SealChain(0)
    state = state_of(Seal.of(connection), sealed)
    faults = finding_faults(connection)
    found = [*faults.missing, *faults.changed, *faults.unknown, *lost_parts(connection)]
    found += [str(date) for date in date_faults(connection, REJUDGED_DAYS)]
    policies = policy_faults(connection)
    found += [f"policies/{one}" for one in (*policies.missing, *policies.changed)]
    return SealChain(state, tuple(found), tuple(absent_parts(connection, folder)))


def lost_parts(connection: duckdb.DuckDBPyConnection, folder: str = "") -> list[str]:
    """Return the parts of a folder that a seal covers and no list names.

    A run that did not end may have taken back the provisional end of a file; then it has loaded other parts since.
    """
    lost = (
        "select path from part_digests where sealed and starts_with(path, ?)"
        " and path not in (select path from event_parts union all select path from patient_day_parts)"
        " and not exists (select 1 from part_digests where not sealed) order by path"
    )
    return [str(row[0]) for row in connection.execute(lost, [folder]).fetchall()]


def absent_parts(connection: duckdb.DuckDBPyConnection, folder: Path) -> list[str]:
    """Return the parts that are not there, or not as long as they were written."""
    listed = connection.execute(
        "select path, (select bytes from part_digests where part_digests.path = parts.path)"
        " from (select path from event_parts union all select path from patient_day_parts) as parts order by path"
    ).fetchall()
    absent = []
    for path, length in listed:
        held = length_of(folder / path)
        if held is None or length not in {None, held}:
            absent.append(str(path))
    return absent


def length_of(path: Path) -> int | None:
    """Return the length of a file; None where it is not there."""
    try:
        return path.stat().st_size
    except OSError:
        return None
