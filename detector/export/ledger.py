"""What each target acknowledged or refused: one SQLite file beside the store.

It is apart from the store so that a delivery never waits for a night nor a night for a delivery. A batch is one
transaction, on the disk before the next is sent, so a kill repeats at most one batch. Group members may read it.
"""

from __future__ import annotations

import contextlib
import hashlib
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import polars as pl

from detector.database.queries import sql_text
from detector.deployment.settings import Settings
from detector.errors import StoreDamaged, StoreError
from detector.export.outbox import ACKNOWLEDGEMENT_SCHEMA, Pending
from detector.files.lock import FileLock
from detector.files.permissions import make_folder, private_umask, share
from detector.trail import Head

FOLDER: Final = "delivery"
FILE_NAME: Final = "ledger.sqlite"


@dataclass(frozen=True, slots=True)
class DeliveryState:
    """What is sent to a target, and how the last delivery to it went. Instants are UTC in ISO 8601."""

    name: str
    every_finding: bool
    health: bool
    health_from: int = 0
    failures: int = 0
    last_error: str | None = None
    last_attempt_at: str | None = None
    last_success_at: str | None = None


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """What a receiver refused for good, and why."""

    target: str
    key: str
    revision: int
    reason: str
    refused_at: str


class Ledger:
    """The ledger, open for reading, or for writing by one delivery."""

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self._connection = connection
        self._path = path

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection.close()
        if isinstance(error, sqlite3.Error):
            raise _told(error, self._path) from error

    def delivery_state(self, target: str) -> DeliveryState | None:
        """Return how a target stands; None where it was never sent anything."""
        row = self._connection.execute(
            "select name, every_finding, health, health_from, failures, last_error, last_attempt_at, last_success_at"
            " from targets where target = ?",
            [target],
        ).fetchone()
        return None if row is None else DeliveryState(row[0], bool(row[1]), bool(row[2]), *row[3:])

    def targets(self) -> list[str]:
        """Return every target that was ever sent anything."""
        return [row[0] for row in self._connection.execute("select target from targets order by target")]

    def marks(self, table: str, target: str) -> pl.DataFrame:
        """Return what a target ``acknowledged`` or ``refused``: a frame of ``ACKNOWLEDGEMENT_SCHEMA``."""
        rows = self._connection.execute(f"select key, digest, status from {table} where target = ?", [target])
        return pl.DataFrame(rows.fetchall(), schema=ACKNOWLEDGEMENT_SCHEMA, orient="row")

    def dead_letters(self, target: str) -> list[DeadLetter]:
        """Return what a target refused, oldest first."""
        rows = self._connection.execute(
            "select target, key, revision, reason, refused_at from refused where target = ? order by refused_at, key",
            [target],
        )
        return [DeadLetter(*row) for row in rows]

    def register(self, target: str, name: str, *, every_finding: bool, health: bool, health_from: int) -> DeliveryState:
        """Note a target before its first delivery, or what changed about it; ``health_from`` is kept once noted."""
        with self._connection:
            self._connection.execute(
                "insert into targets (target, name, every_finding, health, health_from) values (?, ?, ?, ?, ?)"
                " on conflict (target) do update set name = excluded.name, every_finding = excluded.every_finding,"
                " health = excluded.health",
                [target, name, every_finding, health, health_from],
            )
        state = self.delivery_state(target)
        if state is None:
            raise StoreError(f"{self._path} does not keep what is written")
        return state

    def acknowledge(
        self, target: str, taken: Sequence[Pending], refused: Sequence[tuple[Pending, str]], now: datetime
    ) -> None:
        """Note what became of a batch; it is on the disk when this returns."""
        with self._connection:
            self._connection.executemany(
                "insert or replace into acknowledged values (?, ?, ?, ?)",
                [(target, one.key, one.digest, one.status) for one in taken],
            )
            self._connection.executemany(
                "delete from refused where target = ? and key = ?", [(target, one.key) for one in taken]
            )
            self._connection.executemany(
                "insert or replace into refused values (?, ?, ?, ?, ?, ?, ?)",
                [
                    (target, one.key, one.digest, one.status, one.revision, reason, _instant(now))
                    for one, reason in refused
                ],
            )

    def note_head(self, head: Head, now: datetime) -> None:
        """Note the trail's end that left with messages; an entry that it had by then cannot become another."""
        with self._connection:
            self._connection.execute(
                "insert or ignore into heads values (?, ?, ?)", [head.number, head.hash, _instant(now)]
            )

    def heads(self) -> dict[int, str]:
        """Return the hash of every entry whose head left with messages, by number."""
        with contextlib.suppress(sqlite3.OperationalError):  # no delivery since the version that notes them
            return dict(self._connection.execute("select number, hash from heads order by number").fetchall())
        return {}

    def finish(self, target: str, now: datetime, error: str | None) -> None:
        """Note how a delivery ended."""
        succeeded = None if error else _instant(now)
        with self._connection:
            self._connection.execute(
                "update targets set last_attempt_at = ?, last_error = ?,"
                " last_success_at = coalesce(?, last_success_at),"
                " failures = case when ? then failures + 1 else 0 end where target = ?",
                [_instant(now), error, succeeded, error is not None, target],
            )

    def revive(self, target: str) -> int:
        """Put what a target refused back into line; return how many."""
        with self._connection:
            return self._connection.execute("delete from refused where target = ?", [target]).rowcount


@contextlib.contextmanager
def open_ledger(settings: Settings, target: str) -> Iterator[Ledger]:
    """Open the ledger for delivering to one target, alone; raises StoreBusy where another process is at it."""
    folder = settings.store.path.parent / FOLDER
    lock = FileLock(folder / f"{hashlib.sha256(target.encode()).hexdigest()[:16]}.lock", "delivery to this target")
    try:
        make_folder(settings.store.path.parent, settings.store.group)
        make_folder(folder, settings.store.group)
        lock.acquire()
        path = folder / FILE_NAME
        try:
            with private_umask():
                connection = sqlite3.connect(path, timeout=30)
                connection.execute("pragma synchronous = extra")
                connection.executescript(sql_text("delivery", "ledger.sql"))
        except sqlite3.Error as error:
            raise _told(error, path) from error
        share(path, settings.store.group)
        with Ledger(connection, path) as ledger:
            yield ledger
    finally:
        lock.release()


@contextlib.contextmanager
def read_ledger(settings: Settings) -> Iterator[Ledger | None]:
    """Open the ledger for reading; None where nothing was ever delivered."""
    path = settings.store.path.parent / FOLDER / FILE_NAME
    if not path.exists():
        yield None
        return
    try:
        connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=5)
        connection.execute("select count(*) from targets")
    except sqlite3.Error as error:
        raise _told(error, path) from error
    with Ledger(connection, path) as ledger:
        yield ledger


def sent_heads(settings: Settings) -> dict[int, str]:
    """Return the hash of every entry of the trail whose head left the house; none where that cannot be read.

    Who may append to the trail may not write here: entries that were chained anew since do not fit.
    """
    with contextlib.suppress(StoreError), read_ledger(settings) as ledger:
        return ledger.heads() if ledger else {}
    return {}


def _told(error: sqlite3.Error, path: Path) -> StoreError:
    if isinstance(error, sqlite3.OperationalError):
        return StoreError(f"cannot use {path}: {error}")
    return StoreDamaged(f"{path} cannot be read ({error}); remove it: every target is then sent everything once more")


def _instant(now: datetime) -> str:
    return now.isoformat(timespec="seconds")
