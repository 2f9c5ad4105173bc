"""Which version of a context table a night works with: the newest file, or the last one that was good.

A table that fails is not taken for the truth (`detector.sources.context_tables.Loss` says how that is told). Dated
tables are judged for each business date by itself, so that one run over many dates decides as nightly runs do. A
version that only adds rows to the one in use is always used, whatever the counts: tables whose rows come by their
start give the same nights in one run and in many.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from typing import Any, Final

import duckdb

from detector.database.queries import sql_text
from detector.database.rows import select
from detector.deployment.days_off import days_off
from detector.deployment.settings import Site
from detector.loading.canonical_context import use_canonical_ids
from detector.loading.context_failure import (
    COLUMNS,
    FELL,
    LOST,
    NOT_UNDERSTOOD,
    SHORT,
    UNREADABLE,
    ContextFailure,
)
from detector.loading.crosswalk import CROSSWALKS
from detector.sources.context_tables import CONTEXT_TABLES, Loss
from detector.store.judged_dates import last_judged

LEAST_ROWS: Final = 20
"""A staff or undated table of fewer rows may lose any; of as many valid rows chance alone makes no half."""
TINY: Final = 5
"""So few rows are usual by chance, unless they were on all like days."""
CHANCE: Final = 0.001
LIKE_DAYS: Final = 4
HISTORY_DAYS: Final = 200
LATER_DAYS: Final = 31
LATER_SHARE: Final = 0.9
"""A file of which so many rows start after the date, and the first within a month, is for a later time."""
SATURDAY: Final = 5


@dataclass(frozen=True, slots=True)
class ContextFile:
    """What the newest file of one table says; ``path`` None: the table is not configured.

    ``columns`` are those it has, ``missing`` needed ones that it has not; ``problem`` says why it cannot be read.
    ``fingerprint`` is that of its bytes and of how they are read; ``is_in_use``: it is the version in use, unchanged,
    and was not read again.
    """

    name: str
    path: Path | None
    rows: int = 0
    quarantined: int = 0
    columns: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    digest: str = ""
    problem: str | None = None
    fingerprint: str | None = None
    is_in_use: bool = False

    @property
    def is_usable(self) -> bool:
        """Tell whether there is anything in the file to work with."""
        return self.path is not None and self.problem is None and not self.missing


@dataclass(frozen=True, slots=True)
class ContextCount:
    """One table as it is used: ``rows`` of the version in use, rows of the newest file that were not understood."""

    name: str
    configured: bool
    path: Path | None
    rows: int
    quarantined: int
    failure: ContextFailure | None = None


@dataclass(frozen=True, slots=True)
class _InUse:
    """The version in use, as the store notes it; ``digest`` None: none was ever good."""

    configured: bool = False
    rows: int = 0
    quarantined: int = 0
    digest: str | None = None
    columns: frozenset[str] | None = None
    good_on: dt.date | None = None
    failed_on: dt.date | None = None
    fingerprint: str | None = None


def read_table(name: str) -> str:
    """Return the temporary table that the newest file of a context table is read into."""
    return f"read_{name}"


NOTED: Final = (
    "name", "configured", "path", "rows", "quarantined", "digest", "good_on", "failure", "failed_on", "found", "usual",
    "detail", "acceptable", "columns", "fingerprint",
)  # fmt: skip
"""The columns of `context_tables` that a night notes."""


class ContextVersions:
    """The newest files of all context tables beside the versions in use.

    ``accepted`` are tables whose newest file is accepted whatever it lost. ``failures`` has what failed for any date
    that was settled, by table, the newest of each.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection, site: Site | None, files: Iterable[ContextFile]) -> None:
        self.files = {file.name: file for file in files}
        self.accepted: set[str] = set()
        self.failures: dict[str, ContextFailure] = {}
        self.counts: list[ContextCount] = []
        self._connection = connection
        self._site = site
        self._known: dict[str, _InUse] = {}
        self._noted: dict[str, tuple[object, ...] | None] = {}
        self._first = {name for name in self.files if self._in_use(name).digest is None}
        self._installed = {name for name, file in self.files.items() if file.is_in_use}
        self._is_canonical = False

    def settle(self, date: dt.date | None) -> None:
        """Use, in the caller's transaction, the version of each table that is good for a business date.

        Without a date the newest one that was judged counts, and where there is none no dated table can fail.
        """
        if date is None:
            date = last_judged(self._connection)
        if not self._is_canonical:
            self.settle_tables(name for name in CROSSWALKS if name in self.files)
            read = [
                (read_table(name), name)
                for name, file in self.files.items()
                if file.path is not None and not file.is_in_use
            ]
            use_canonical_ids(self._connection, [*read, *((name, name) for name in self.files)])
            self._is_canonical = True
        self.counts = [self._settle(file, date) for file in self.files.values()]

    def settle_tables(self, names: Iterable[str]) -> None:
        """Use the versions of some tables that are good for the newest date judged, in the caller's transaction."""
        last = last_judged(self._connection)
        for name in names:
            self._settle(self.files[name], last)

    def forget(self) -> None:
        """Drop what was read; the versions in use stay."""
        for name in self.files:
            self._connection.execute(f"drop table if exists {read_table(name)}")

    def rows_in_use(self, name: str) -> int:
        """Return the rows of the version in use."""
        return self._in_use(name).rows

    def _settle(self, file: ContextFile, date: dt.date | None) -> ContextCount:
        name, in_use = file.name, self._in_use(file.name)
        if file.path is None:
            self._connection.execute(f"delete from {name}")
            self._connection.execute("delete from context_days where name = ?", [name])
            self._note(file, _InUse(), None)
            return ContextCount(name, configured=False, path=None, rows=0, quarantined=0)
        failure, use_new = self._verdict(file, in_use, date)
        if name in self.accepted and (failure is None or failure.acceptable):
            if failure is not None and date is not None:  # what was usual before is no measure any more
                self._connection.execute("delete from context_days where name = ? and business_date < ?", [name, date])
            failure, use_new = None, True
        if use_new:
            in_use = self._install(file, in_use)
        if failure is None:
            in_use = replace(in_use, failed_on=None, good_on=(date or in_use.good_on) if use_new else in_use.good_on)
            if use_new and date is not None:
                self._remember(name, date)
        else:
            in_use = replace(in_use, failed_on=in_use.failed_on or date)
            failure = replace(
                failure, date=in_use.failed_on, good_on=in_use.good_on, has_good=in_use.digest is not None
            )
            self.failures[name] = failure
        self._note(file, in_use, failure)
        return ContextCount(name, True, file.path, in_use.rows, file.quarantined, failure)

    def _verdict(self, file: ContextFile, in_use: _InUse, date: dt.date | None) -> tuple[ContextFailure | None, bool]:
        """Tell what is wrong with the newest file, and whether its rows are used."""
        name, path, loss = file.name, str(file.path), CONTEXT_TABLES[file.name].loss
        if file.problem is not None:
            return ContextFailure(name, UNREADABLE, path, file.problem, acceptable=False), False
        if file.missing:
            return ContextFailure(name, COLUMNS, path, ", ".join(file.missing), acceptable=False), False
        if name in self._first:
            return None, True
        lacking = self._lacking(file, in_use)
        if lacking:
            acceptable = bool(file.columns)
            return ContextFailure(name, COLUMNS, path, ", ".join(lacking), acceptable=acceptable), False
        if _mostly_quarantined(file) and not _mostly_quarantined(in_use):
            return ContextFailure(
                name, NOT_UNDERSTOOD, path, found=file.quarantined, usual=file.rows + file.quarantined
            ), False
        if loss is Loss.VALID_ROWS:
            return (None, True) if date is None else self._dated(file, in_use, date)
        if loss is Loss.NOTHING or name in self._installed:
            return None, True
        found, usual = self._undated(file, in_use, date)
        if usual:
            return ContextFailure(name, LOST, path, found=found, usual=usual), False
        return None, True

    def _lacking(self, file: ContextFile, in_use: _InUse) -> list[str]:
        """Return the columns that the version in use has and the newest file has not, in the order of the table."""
        table = CONTEXT_TABLES[file.name]
        if not file.columns:
            if table.loss is Loss.NOTHING or not in_use.rows:
                return []
            return [column.header for column in table.columns if column.needed]
        known = in_use.columns or frozenset()
        return [column.header for column in table.columns if column.header in known.difference(file.columns)]

    def _undated(self, file: ContextFile, in_use: _InUse, date: dt.date | None) -> tuple[int, int]:
        """Return the rows (or accounts that have not left) of the newest file and of the one in use; 0 if none lack."""
        if in_use.rows >= LEAST_ROWS and file.rows * 2 < in_use.rows:
            return file.rows, in_use.rows
        if CONTEXT_TABLES[file.name].loss is Loss.ROWS:
            return 0, 0
        if not file.rows:
            return 0, in_use.rows  # no hospital is without staff, however small
        day = date or dt.date.min
        tables = (read_table(file.name), file.name)
        now, before = (int(self._count("context_accounts", table, day)["active"]) for table in tables)
        return (now, before) if before >= LEAST_ROWS and now * 2 < before else (0, 0)

    def _dated(self, file: ContextFile, in_use: _InUse, date: dt.date) -> tuple[ContextFailure | None, bool]:
        """Judge a dated table by the rows valid on the date."""
        counts = self._count("context_counts", self._newest(file.name), date)
        valid = int(counts["valid"])
        like = self._usual(file.name, date)
        cut = file.rows * 2 < in_use.rows and (in_use.rows >= LEAST_ROWS or not file.rows)
        usual = median(like) if like else 0
        fallen = valid * 2 < usual and (cut or _beyond_chance(like, valid))
        if not fallen and (like or not cut):
            return None, True
        if (
            counts["later"] >= LATER_SHARE * counts["rows"] > 0
            and not cut
            and counts["first_start"].date() <= date + dt.timedelta(days=LATER_DAYS)
        ):
            return None, False
        for day in (date, date - dt.timedelta(days=1)):
            held, lost = self._lost(file.name, day)
            if lost * 2 > held:
                return ContextFailure(file.name, FELL, str(file.path), found=valid, usual=int(usual) or held), False
        if fallen:
            return ContextFailure(file.name, SHORT, str(file.path), found=valid, usual=int(usual)), True
        return None, True

    def _newest(self, name: str) -> str:
        return name if name in self._installed else read_table(name)

    def _lost(self, name: str, date: dt.date) -> tuple[int, int]:
        """Return how many rows of the version in use are valid on a date, and how many of them the new file lacks."""
        if name in self._installed:
            return 0, 0
        columns = [column.name for column in CONTEXT_TABLES[name].columns if column.kind != "end"]
        statement = sql_text("load", "context_lost.sql")
        for gap, value in (("{columns}", ", ".join(columns)), ("{stored}", name), ("{table}", read_table(name))):
            statement = statement.replace(gap, value)
        held, lost = self._connection.execute(statement, {"day": date}).fetchall()[0]
        return int(held), int(lost)

    def _count(self, statement: str, table: str, day: dt.date) -> dict[str, Any]:
        return select(self._connection, sql_text("load", f"{statement}.sql").replace("{table}", table), {"day": day})[0]

    def _usual(self, name: str, date: dt.date) -> list[int]:
        """Return how many rows were valid on the last like days that the table was good for."""
        rows = self._connection.execute(
            "select business_date, rows from context_days where name = ? and business_date between ? and ? order by 1",
            [name, date - dt.timedelta(days=HISTORY_DAYS), date - dt.timedelta(days=1)],
        ).fetchall()
        counts = {day: int(count) for day, count in rows}
        return [counts[day] for day in like_days(date, list(counts), self._site)[-LIKE_DAYS:]] if counts else []

    def _install(self, file: ContextFile, in_use: _InUse) -> _InUse:
        """Put the rows of the newest file in the place of those in use."""
        if file.name in self._installed:
            return in_use
        self._connection.execute(f"delete from {file.name}")
        self._connection.execute(f"insert into {file.name} from {read_table(file.name)}")
        self._installed.add(file.name)
        return replace(
            in_use,
            configured=True,
            rows=file.rows,
            quarantined=file.quarantined,
            digest=file.digest,
            columns=frozenset(file.columns),
            fingerprint=file.fingerprint,
        )

    def _remember(self, name: str, date: dt.date) -> None:
        """Note how many rows of a dated table are valid on a date that it is good for."""
        if CONTEXT_TABLES[name].loss is Loss.VALID_ROWS:
            valid = self._count("context_counts", name, date)["valid"]
            self._connection.execute("insert or replace into context_days values (?, ?, ?)", [name, date, valid])

    def _in_use(self, name: str) -> _InUse:
        """Return the version in use, which nobody else changes while this run has the store."""
        if name not in self._known:
            self._known[name] = self._read_in_use(name)
        return self._known[name]

    def _read_in_use(self, name: str) -> _InUse:
        rows = self._connection.execute(
            "select configured, rows, quarantined, case when configured and failure is null then coalesce(digest, '')"
            " else digest end, columns, good_on, failed_on, fingerprint from context_tables where name = ?",
            [name],
        ).fetchall()
        if not rows or not rows[0][0]:
            return _InUse()
        configured, count, quarantined, digest, columns, good_on, failed_on, fingerprint = rows[0]
        known = None if columns is None else frozenset(str(columns).split())
        return _InUse(configured, int(count), int(quarantined), digest, known, good_on, failed_on, fingerprint)

    def _note(self, file: ContextFile, in_use: _InUse, failure: ContextFailure | None) -> None:
        columns = None if in_use.columns is None else " ".join(sorted(in_use.columns))
        why: list[object] = [None] * 5
        if failure is not None:
            why = [failure.kind, failure.found, failure.usual, failure.detail, failure.acceptable]
        kind, found, usual, detail, acceptable = why
        path = None if file.path is None else str(file.path)
        noted = (
            file.name, file.path is not None, path, in_use.rows, in_use.quarantined, in_use.digest, in_use.good_on,
            kind, in_use.failed_on, found, usual, detail, acceptable, columns, in_use.fingerprint,
        )  # fmt: skip
        self._known[file.name] = in_use
        names = ", ".join(NOTED)
        if file.name not in self._noted:
            rows = self._connection.execute(f"select {names} from context_tables where name = ?", [file.name])
            self._noted[file.name] = rows.fetchone()
        if self._noted[file.name] != noted:  # mostly nothing is new
            values = ", ".join("?" * len(noted))
            self._connection.execute(f"insert or replace into context_tables ({names}) values ({values})", noted)
            self._noted[file.name] = noted


def files_in_use(
    connection: duckdb.DuckDBPyConnection, fingerprints: Mapping[str, tuple[Path, str] | None]
) -> dict[str, ContextFile]:
    """Return the files that need not be read again: they are the versions in use, and nothing failed since.

    ``fingerprints`` has every context table, with path and fingerprint of its file where there is one. What the
    crosswalks say has been put into the other tables, so once one of them changes all is read.
    """
    rows = connection.execute(
        "select name, configured, rows, quarantined, digest, columns, fingerprint from context_tables"
        " where failure is null"
    ).fetchall()
    noted = {row[0]: row[1:] for row in rows}
    found: dict[str, ContextFile] = {}
    for name, file in fingerprints.items():
        if file is None or name not in noted:
            continue
        configured, count, quarantined, digest, columns, fingerprint = noted[name]
        path, now = file
        if configured and digest is not None and columns is not None and fingerprint == now:
            found[name] = ContextFile(
                name, path, int(count), int(quarantined), tuple(columns.split()), digest=digest, fingerprint=now,
                is_in_use=True,
            )  # fmt: skip
    for name in CROSSWALKS:
        is_configured = noted[name][0] if name in noted else False
        if name not in found and (is_configured or fingerprints.get(name) is not None):
            return {}
    return found


def like_days(date: dt.date, days: Sequence[dt.date], site: Site | None) -> list[dt.date]:
    """Return those of some days on which as much work is done as on a date: the same weekday.

    A holiday is like Sundays and other holidays; a weekend day on which work is made up for is like working days.
    """
    off = days_off([date, *days], site)
    if off[date] and date.weekday() < SATURDAY:
        return [day for day in days if off[day] and day.weekday() != SATURDAY]
    if not off[date] and date.weekday() >= SATURDAY:
        return [day for day in days if not off[day]]
    return [day for day in days if day.weekday() == date.weekday() and off[day] == off[date]]


def _beyond_chance(like: Sequence[int], valid: int) -> bool:
    """Tell whether half the usual rows or less are fewer than chance explains.

    Few visits a day vary like rare events; shifts, which are planned, hardly: a fall of thrice what the like days
    differ among themselves is none of theirs.
    """
    usual = median(like)
    if usual >= LEAST_ROWS:
        return True
    if sum(math.exp(-usual) * usual**count / math.factorial(count) for count in range(valid + 1)) < CHANCE:
        return True
    return (usual >= TINY or len(like) == LIKE_DAYS) and usual - valid > 3 * (max(like) - min(like))


def _mostly_quarantined(version: ContextFile | _InUse) -> bool:
    return version.quarantined > version.rows
