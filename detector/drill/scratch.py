"""A private copy of the store to plant in: linked, rewound to before the plants, and gone when the drill ends.

The store itself is only read: the copy begins with the published copy, which is whole, and with links to immutable
parts. The copy's folder is 0700, and is removed on every exit that a process can see coming; what a killed drill left
behind, the next one removes.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import shutil
import signal
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import FrameType
from typing import Final

import duckdb
import polars as pl

from detector.database.connection import connect, store_errors
from detector.database.queries import create_table, execute
from detector.deployment.settings import Settings
from detector.errors import StoreError
from detector.files.scratch_folder import scratch_folder
from detector.model.tables import EVENTS
from detector.store import Store, open_store
from detector.store.parts import create_views
from detector.store.published import PUBLISHED

PREFIX: Final = "detector-drill-"
DATABASE: Final = "detector.duckdb"
ENDING: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
RAW: Final = "planted by detector drill"
"""What stands in place of a planted event's raw row."""


class Interruption:
    """Turns the signals that end a process into KeyboardInterrupt, so that what must be cleaned up is.

    A signal that is ignored (SIGHUP under nohup) stays ignored. DuckDB tells an interrupted query by an error of its
    own; ``arrived`` says what it was.
    """

    def __init__(self) -> None:
        self.arrived = False
        self._before = {one: signal.getsignal(one) for one in ENDING if signal.getsignal(one) is not signal.SIG_IGN}
        for one in self._before:
            signal.signal(one, self._raise)

    def _raise(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002 - a signal handler's signature
        self.arrived = True
        raise KeyboardInterrupt

    def hold_off(self) -> None:
        """Let no further signal disturb the cleaning up."""
        for one in self._before:
            signal.signal(one, signal.SIG_IGN)

    def end(self) -> None:
        """Put back what handled the signals before."""
        for one, handler in self._before.items():
            signal.signal(one, handler)


@contextlib.contextmanager
def private_folder() -> Iterator[Path]:
    """Give a folder that only this user may enter; remove it at the end, also on SIGINT, SIGTERM and SIGHUP."""
    interruption = Interruption()
    try:
        with scratch_folder(PREFIX) as folder:
            try:
                yield folder
            finally:
                interruption.hold_off()
    except Exception as error:
        if interruption.arrived:
            raise KeyboardInterrupt from error
        raise
    finally:
        interruption.end()


def link_store(source: Path, database: str, folder: Path) -> Path:
    """Make ``folder`` a store: a copy of the database file, and links to the parts. Returns the copied file.

    Raises StoreError where there is nothing to copy.
    """
    origin = source / database
    if not origin.exists():
        raise StoreError(f"no run yet: {origin} does not exist; `detector run` creates it")
    folder.mkdir(mode=0o700)
    target = folder / DATABASE
    with store_errors(origin):
        shutil.copyfile(origin, target)
        target.chmod(0o600)
        with contextlib.closing(connect(target)) as connection:
            paths = [
                str(row[0])
                for row in connection.execute(
                    "select path from event_parts union all select path from patient_day_parts"
                ).fetchall()
            ]
        for part_folder in ("events", "patient_days", "accesses"):
            (folder / part_folder).mkdir(mode=0o700)
        for path in paths:
            _link((source / path).resolve(), folder / path)
    return target


def _link(origin: Path, target: Path) -> None:
    """Link an immutable part: by its inode where the file system and its owner allow that, else by its name."""
    try:
        target.hardlink_to(origin)
    except OSError:
        target.symlink_to(origin)


def copy_published(settings: Settings, folder: Path) -> Path:
    """Copy what the last run published into ``folder``; returns the copied database."""
    return link_store(settings.store.path.parent, PUBLISHED, folder)


@contextlib.contextmanager
def reading(database: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a copy that is only read, with the views ``events`` and ``accesses``."""
    (database.parent / "tmp").mkdir(mode=0o700, exist_ok=True)
    connection = connect(database)
    try:
        with store_errors(database):
            create_views(connection, database.parent)
            yield connection
    finally:
        connection.close()


@contextlib.contextmanager
def scratch_store(
    settings: Settings, base: Path, folder: Path, first: dt.date, *, threads: int | None = None
) -> Iterator[Store]:
    """Open a copy of the copy ``base`` as a store of its own, as it was before the business date ``first``."""
    database = link_store(base, DATABASE, folder)
    with reading(database) as connection:
        rewind(connection, first)
    own = replace(settings, store=replace(settings.store, path=database, group=None))
    try:
        with open_store(own, threads=threads) as store:
            yield store
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def rewind(connection: duckdb.DuckDBPyConnection, first: dt.date) -> None:
    """Take back what the nights from ``first`` on have kept: rows of their dates, findings, spans of accounts.

    Every table with a business date is rewound. What the nights since learned about earlier dates, by judging them a
    second time, stays: it is what a week's delay of bookings may change.
    """
    values = {"first": first}
    connection.execute("begin")
    create_table(connection, "drill", "rewound_spans.sql", first=first)
    connection.execute("delete from account_spans")
    connection.execute("insert into account_spans by name from rewound_spans")
    dated = connection.execute(
        "select table_name from duckdb_columns() where column_name = 'business_date' and not internal"
        " and table_name in (select table_name from duckdb_tables() where not temporary) order by all"
    ).fetchall()
    for (table,) in dated:
        connection.execute(f"delete from {table} where business_date >= $first", values)
    connection.execute("delete from findings where detected_on >= $first", values)
    for table in ("finding_events", "finding_days"):
        connection.execute(f"delete from {table} where finding_id not in (select finding_id from findings)")
    execute(connection, "drill", "rewound_findings.sql", first=first)
    connection.execute("commit")


def write_events(store: Store, events: pl.DataFrame, timezone: str) -> list[str]:
    """Add planted events to a scratch store: one part per source, as if their logs had been loaded.

    Returns the paths of the parts.
    """
    utc = pl.col("local_time").dt.replace_time_zone(timezone, ambiguous="earliest", non_existent="null")
    whole = events.with_columns(
        event_time=pl.coalesce(utc.dt.convert_time_zone("UTC").dt.replace_time_zone(None), "local_time"),
        row_number=pl.int_range(1, pl.len() + 1),
        byte_position=pl.lit(0),
        raw=pl.lit(RAW),
    )
    connection = store.connection
    written = []
    for source in sorted(set(events["source"])):
        files = "select min(file_id) from files where source = $source"
        file_id = connection.execute(files, {"source": source}).fetchall()[0][0] or 0
        rows = (
            whole.filter(pl.col("source") == source)
            .with_columns(file_id=pl.lit(file_id))
            .sort("local_time", "event_id")
        )
        connection.register("planted_events", rows.to_arrow())
        columns = ", ".join(f"{name}::{kind} as {name}" for name, kind in EVENTS.types.items())
        with store.transaction():
            part = connection.execute("select coalesce(max(part_id), 0) + 1 from event_parts").fetchall()[0][0]
            path = f"events/{part:08d}.parquet"
            store.write_part(path, f"select {columns} from planted_events")
            connection.execute(
                """
                insert into event_parts
                select $part, $source, $file_id, $path, count(*), min(business_date), max(business_date),
                    min(event_time), max(event_time), min(event_id), max(event_id), 0, 0, null
                from planted_events
                """,
                {"part": part, "source": source, "file_id": file_id, "path": path},
            )
        connection.unregister("planted_events")
        written.append(path)
    store.refresh_views()
    return written
