"""Rebuilds what logs and parts allow: the store from its copy, the copy from the store, parts, and the nights' tables.

Every step commits by itself and can be repeated: a repair that is killed leaves what it rebuilt, and the next one goes
on. What was done, and what cannot be, goes into the trail, with the seal of the state that it leaves.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import duckdb

from detector.deployment.settings import Settings
from detector.detection import night_tables
from detector.detection.scoring import score_dates
from detector.detection.source_days import note_source_days
from detector.errors import StoreDamaged, StoreError
from detector.files.atomic import replacing
from detector.files.lock import FileLock
from detector.loading.part_rebuilding import rebuild_event_parts
from detector.night.dates import BEGIN, JUDGED_AFTER_DAYS, newest_judgement
from detector.night.readers import settle_readers
from detector.night.trail_entry import begin_seals, record_repair
from detector.store import Store, open_store
from detector.store.digests import Seal, date_faults, finding_faults, is_as_noted, row_of_part
from detector.store.judged_dates import last_judged
from detector.store.published import PUBLISHED
from detector.store.seals import is_newest, sealed_entries, state_of
from detector.store.verification import can_be_read, open_whole, read_all
from detector.texts import Texts
from detector.trail import Trail

ASIDE: Final = "damaged-"
"""What a store that was replaced is called from then on, with a number."""


@dataclass(frozen=True, slots=True)
class RepairStep:
    """One thing that was looked at: ``what`` it is, whether it is whole now, and how."""

    what: str
    whole: bool
    detail: str


def repair_store(settings: Settings, texts: Texts, now: dt.datetime) -> list[RepairStep]:
    """Rebuild what can be; return what was rebuilt and what cannot be, nothing where all is whole.

    Raises StoreBusy where a run is at work, StoreDamaged where neither the store nor its copy can be used.
    """
    steps = _replace_store(settings, texts)
    trail = Trail.of(settings)
    with open_store(settings) as store:
        trail.prepare()
        settle_readers(settings)
        chain = begin_seals(store, trail)
        steps += _events(store, settings, texts)
        steps += _patient_days(store, settings, texts)
        steps += _findings(store, texts)
        renewed = _copy_differs(store, settings)
        if renewed:
            steps.append(RepairStep(PUBLISHED, True, texts("repair.copy")))
        if steps:
            record_repair(store, settings, trail, now, chain, [one.what for one in steps if one.whole],
                          [one.what for one in steps if not one.whole])  # fmt: skip
            store.publish()
    return steps


def _replace_store(settings: Settings, texts: Texts) -> list[RepairStep]:
    """Put the published copy in the place of a store that cannot be read, where it is as the trail says."""
    path = settings.store.path
    copy = path.parent / PUBLISHED
    problem = _unreadable(path)
    if problem is None:
        return []
    lock = FileLock(path.parent / (path.stem + ".lock"))
    lock.acquire()
    try:
        if _unreadable(copy) is not None or not _is_as_sealed(copy, settings):
            raise StoreDamaged(texts("repair.lost", problem=problem))
        aside = _aside(path)
        for name in (path, path.with_name(path.name + ".wal")):
            if name.exists():
                name.replace(name.with_name(name.name.replace(path.name, aside.name)))
        with replacing(path) as draft:
            draft.write_bytes(copy.read_bytes())
    finally:
        lock.release()
    return [RepairStep(path.name, True, texts("repair.store", aside=aside.name))]


def _unreadable(path: Path) -> str | None:
    try:
        connection = open_whole(path)
        read_all(connection, path)
    except StoreError as error:
        return str(error)
    connection.close()
    return None


def _is_as_sealed(copy: Path, settings: Settings) -> bool:
    """Tell whether a copy is in a state that the trail knows, and holds what it says it holds."""
    sealed = sealed_entries(Trail.of(settings).entries())
    connection = open_whole(copy)
    try:
        number = state_of(Seal.of(connection), sealed)
        return not sealed or (number is not None and not finding_faults(connection) and not date_faults(connection))
    finally:
        connection.close()


def _aside(path: Path) -> Path:
    number = 1
    while (aside := path.with_name(f"{path.name}.{ASIDE}{number}")).exists():
        number += 1
    return aside


def _copy_differs(store: Store, settings: Settings) -> bool:
    """Tell whether the published copy cannot be read or is in another state than the store."""
    path = store.folder / PUBLISHED
    if not path.exists():
        return last_judged(store.connection) is not None
    sealed = sealed_entries(Trail.of(settings).entries())
    if _unreadable(path) is not None:
        return True
    copy = open_whole(path)
    try:
        seal = Seal.of(copy)
        number = state_of(seal, sealed) if sealed else 0
        return (
            number is None or (bool(sealed) and not is_newest(number, sealed))
            or bool(sealed and (finding_faults(copy) or date_faults(copy)))
        )  # fmt: skip
    finally:
        copy.close()


def _damaged(store: Store, table: str) -> list[str]:
    """Return the parts of a list that are not as noted, or cannot be read."""
    listed = store.connection.execute(f"select path from {table} order by path").fetchall()
    return [
        path
        for (path,) in listed
        if not is_as_noted(store.connection, store.folder, path)
        or (row_of_part(store.connection, path) is None and not can_be_read(store.folder / path))
    ]


def _events(store: Store, settings: Settings, texts: Texts) -> list[RepairStep]:
    """Rebuild event parts from the logs that are still there."""
    steps = []
    for rebuilt in rebuild_event_parts(store, settings, _damaged(store, "event_parts")):
        detail = texts(f"repair.part_{rebuilt.outcome}", log=rebuilt.log)
        steps.append(RepairStep(rebuilt.path, rebuilt.outcome in {"same", "equal"}, detail))
    return steps


def _patient_days(store: Store, settings: Settings, texts: Texts) -> list[RepairStep]:
    """Judge the accesses of dates again whose part, or whose rows in the nights' tables, are not as noted."""
    connection = store.connection
    damaged = set(_damaged(store, "patient_day_parts"))
    of_parts = connection.execute("select business_date, path from patient_day_parts order by 1").fetchall()
    dates = {date: path for date, path in of_parts if path in damaged}
    dates |= {date: dict(of_parts).get(date, "") for date in date_faults(connection) if _has_digest(connection, date)}
    broken = set(_damaged(store, "event_parts"))
    steps = []
    for date, path in sorted(dates.items()):
        what = path or str(date)
        if _needs(connection, date, broken):
            steps.append(RepairStep(what, False, texts("repair.date_events", date=date)))
            continue
        try:
            with store.transaction():
                noted = connection.execute("select sha256 from part_digests where path = ?", [path]).fetchall()
                _judge_again(store, settings, date)
                new_path, digest = connection.execute(
                    "select path, (select sha256 from part_digests where part_digests.path = parts.path)"
                    " from patient_day_parts as parts where business_date = ?", [date],
                ).fetchall()[0]  # fmt: skip
                same_rows = date not in date_faults(connection)
        except (StoreError, duckdb.Error) as error:
            steps.append(RepairStep(what, False, texts("repair.date_failed", date=date, problem=str(error))))
            continue
        same = same_rows and (path not in damaged or [(digest,)] == noted)
        steps.append(
            RepairStep(new_path, same_rows, texts("repair.date_same" if same else "repair.date_other", date=date))
        )
    return steps


def _has_digest(connection: duckdb.DuckDBPyConnection, date: dt.date) -> bool:
    return bool(connection.execute("select 1 from date_digests where business_date = ?", [date]).fetchall())


def _needs(connection: duckdb.DuckDBPyConnection, date: dt.date, broken: set[str]) -> bool:
    """Tell whether a date's events were purged, or lie in parts that cannot be read."""
    parts = connection.execute(
        "select path from event_parts where first_date <= ? and last_date >= ?", [date, date]
    ).fetchall()
    purged = connection.execute("select 1 from purged_parts where first_date <= ? limit 1", [date]).fetchall()
    return bool(broken.intersection(path for (path,) in parts)) or (bool(purged) and not parts)


def _judge_again(store: Store, settings: Settings, date: dt.date) -> None:
    """Score the accesses of one date as the night did that judged it last."""
    connection = store.connection
    last = last_judged(connection) or date
    night = newest_judgement(date, last)
    first: dt.date = connection.execute(BEGIN).fetchall()[0][0] or date
    judged = {row[0] for row in connection.execute("select business_date from dates").fetchall()}
    together = sorted(day for days in JUDGED_AFTER_DAYS if (day := night - dt.timedelta(days=days)) in judged | {date})
    with store.views(together[0], night):
        night_tables.prepare(connection, night, together, settings.site, settings.detection, scored=[date])
        score_dates(store, [date], first)
        if date in date_faults(connection):
            note_source_days(connection, [date])


def _findings(store: Store, texts: Texts) -> list[RepairStep]:
    """Name what cannot be rebuilt from logs."""
    faults = finding_faults(store.connection)
    if not store.connection.execute("select 1 from finding_digests limit 1").fetchall():
        return []
    named: Sequence[tuple[str, Any]] = (("missing", faults.missing), ("changed", faults.changed))
    return [RepairStep(finding, False, texts(f"repair.finding_{kind}")) for kind, ids in named for finding in ids]
