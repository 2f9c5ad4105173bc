"""The store: one folder, written by one night at a time, read by everybody through a published copy.

=====================  ===================================================================================
`detector.duckdb`      ledger, context, findings; only the night that holds `detector.lock` opens it
`published.duckdb`     the copy that readers open, replaced by atomic rename
`events/*.parquet`     immutable parts of canonical events, listed in `event_parts`
`patient_days/*.parquet` immutable parts of judged patient-days, one per business date, listed in `patient_day_parts`
=====================  ===================================================================================

A file that no list names is an orphan of a killed run or of a replaced part; the next start removes it.
"""

from __future__ import annotations

import contextlib
import resource
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Final, Self

import duckdb

if TYPE_CHECKING:
    import pyarrow as pa

from detector.database.connection import connect, raise_as_store_error, store_errors
from detector.deployment.settings import Settings
from detector.errors import StoreError, SystemLimit
from detector.files.atomic import replacing
from detector.files.lock import FileLock
from detector.files.permissions import check_writable, make_folder, private_umask
from detector.store.attempts import finish, store_lock
from detector.store.digests import note_part
from detector.store.parts import PART_FOLDERS, create_views, quoted
from detector.store.published import PUBLISHED
from detector.store.schema import migrate

PUBLISH_SECONDS: Final = 30.0
ROW_GROUP_ROWS: Final = 120_000
LEAST_ADDRESS_SPACE: Final = 4 << 30
"""Of a night's process; with less, libraries crash in the middle of their work."""
UNREPEATED: Final = {
    "event_id": "DELTA_BYTE_ARRAY", "event_time": "DELTA_BINARY_PACKED", "local_time": "DELTA_BINARY_PACKED",
    "row_number": "DELTA_BINARY_PACKED", "byte_position": "DELTA_BINARY_PACKED",
}  # fmt: skip
"""Columns of event parts whose values go up and hardly repeat: stored as differences a part takes a third less."""


@dataclass(slots=True)
class Store:
    """The store as the night sees it. `connection` is open for writing; `folder` holds everything."""

    path: Path
    folder: Path
    group: str | None
    connection: duckdb.DuckDBPyConnection
    _lock: FileLock
    _private: contextlib.ExitStack
    _published_at: float = field(default=float("-inf"))
    _view_dates: tuple[date | None, date | None] = (None, None)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            with store_errors(self.path):
                self.connection.close()
        except StoreError:
            if error is None:
                raise
        finally:
            self._lock.release()
            self._private.close()
        raise_as_store_error(error, self.path)

    @contextlib.contextmanager
    def transaction(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """Commit what the block does, or nothing of it."""
        with store_errors(self.path):
            self.connection.execute("begin")
            try:
                yield self.connection
            except BaseException:
                with contextlib.suppress(duckdb.Error):
                    self.connection.execute("rollback")
                raise
            self.connection.execute("commit")

    def refresh_views(self, first: date | None = None, last: date | None = None) -> None:
        """Create the temporary views `events` and `patient_days` over the parts that exist now.

        With dates they cover only parts that may hold these business dates (whole parts: filter rows as always),
        which keeps the cost of a night independent of the length of the history.
        """
        self._view_dates = first, last
        create_views(self.connection, self.folder, first, last)

    @contextlib.contextmanager
    def views(self, first: date, last: date) -> Iterator[None]:
        """Limit the views to parts that may hold these business dates for the block; then as they were before.

        An error that ends the transaction around the block takes the limit back as well: the views are part of it.
        """
        before = self._view_dates
        self.refresh_views(first, last)
        try:
            yield
        except BaseException:
            self._view_dates = before
            raise
        self.refresh_views(*before)

    def write_patient_days(self, business_date: date, relation_sql: str) -> int:
        """Write the patient-days of one date as a new part in place of the earlier one; return its rows.

        Call it inside `transaction()`: the part counts once that commits. The replaced file stays until the next
        start, since readers of the published copy may still open it.
        """
        version = int(
            self.connection.execute(
                "select coalesce(max(regexp_extract(path, '-(\\d+)\\.parquet$', 1)::bigint), 0) + 1"
                " from patient_day_parts where business_date = ?",
                [business_date],
            ).fetchall()[0][0]
        )
        path = f"patient_days/{business_date:%Y%m%d}-{version}.parquet"
        rows = self.write_part(path, relation_sql)
        self.connection.execute("delete from patient_day_parts where business_date = ?", [business_date])
        self.connection.execute("insert into patient_day_parts values (?, ?, ?)", [business_date, path, rows])
        return rows

    def write_part(self, path: str, relation_sql: str) -> int:
        """Write a relation as a Parquet file of the store, durable before it gets its name; return its rows."""
        with store_errors(self.path), replacing(self.folder / path, self.group) as draft:
            rows = self.connection.execute(
                f"copy ({relation_sql}) to {quoted(str(draft))}"
                " (format parquet, compression zstd, compression_level 1, use_tmp_file false)"
            ).fetchall()[0][0]
            note_part(self.connection, path, draft)
        return int(rows)

    def write_table(self, path: str, table: pa.Table) -> None:
        """Write an Arrow table as a Parquet file of the store in the same way."""
        import pyarrow.parquet as pq  # noqa: PLC0415  (readers of the store do not need it)

        with store_errors(self.path), replacing(self.folder / path, self.group) as draft:
            pq.write_table(
                table, draft, compression="zstd", compression_level=1, row_group_size=ROW_GROUP_ROWS,
                use_dictionary=[name for name in table.column_names if name not in UNREPEATED and name != "raw"],
                column_encoding={name: kind for name, kind in UNREPEATED.items() if name in table.column_names},
            )  # fmt: skip
            note_part(self.connection, path, draft)

    def publish(self, *, force: bool = True) -> None:
        """Replace the readers' copy; without `force` not more often than every 30 seconds."""
        now = time.monotonic()
        if not force and now - self._published_at < PUBLISH_SECONDS:
            return
        with store_errors(self.path):
            self.connection.execute("checkpoint")
            with replacing(self.folder / PUBLISHED, self.group) as draft:
                shutil.copyfile(self.path, draft)
        self._published_at = time.monotonic()

    def remove_orphans(self) -> None:
        """Remove files that no list names: drafts of a killed run and parts that were replaced.

        A part that the last night left, and whose row is gone since, stays: whoever removed the row was no run. So does
        one that the published copy names, for its readers: after a kill the copy may be older than the store.
        """
        published = self._published_parts()
        for folder, table in PART_FOLDERS.items():
            if not (self.folder / folder).is_dir():
                continue
            listed = f"select path from {table} union all select path from part_digests where sealed"
            named = {str(row[0]) for row in self.connection.execute(listed).fetchall()}
            for file in (self.folder / folder).iterdir():
                if f"{folder}/{file.name}" in published:
                    continue
                if f"{folder}/{file.name}" not in named and file.suffix in {".parquet", ".tmp"}:
                    file.unlink(missing_ok=True)
        for draft in self.folder.glob(f"*{PUBLISHED}*.tmp"):
            draft.unlink(missing_ok=True)

    def _published_parts(self) -> set[str]:
        """Return the parts that the readers' copy names; none where there is no copy that can be read."""
        path, named = self.folder / PUBLISHED, set[str]()
        if not path.exists():
            return named
        with contextlib.suppress(StoreError, duckdb.Error), contextlib.closing(connect(path, read_only=True)) as copy:
            for table in set(PART_FOLDERS.values()):
                named |= {str(row[0]) for row in copy.execute(f"select path from {table}").fetchall()}
        return named


def check_address_space() -> None:
    """Raise SystemLimit where the process may not address as much memory as libraries need that do not say so."""
    space, _ = resource.getrlimit(resource.RLIMIT_AS)
    if space != resource.RLIM_INFINITY and space < LEAST_ADDRESS_SPACE:
        raise SystemLimit(
            f"not enough memory: the limit on the address space (ulimit -v) is {space >> 10} KiB; the least is"
            f" {LEAST_ADDRESS_SPACE >> 10} KiB"
        )


def open_store(settings: Settings, *, threads: int | None = None) -> Store:
    """Open the store for a night, creating or migrating it.

    Raises StoreBusy naming the process that holds it, StoreNewer, StoreDamaged, DiskFull or StoreError.
    """
    path, group = settings.store.path, settings.store.group
    folder = path.parent
    check_address_space()
    private = contextlib.ExitStack()
    lock = store_lock(path)
    connection = None
    try:
        private.enter_context(private_umask())
        check_writable(folder)
        make_folder(folder, group)
        lock.acquire()
        finish(folder, group)
        with store_errors(path):
            for part_folder in ("events", "patient_days", "tmp"):
                check_writable(folder / part_folder)
                make_folder(folder / part_folder, group if part_folder != "tmp" else None)
            connection = connect(path, threads=threads)
            migrate(connection, path)
            store = Store(path, folder, group, connection, lock, private)
            store.remove_orphans()
            store.refresh_views()
    except BaseException:
        if connection is not None:
            with contextlib.suppress(duckdb.Error):
                connection.close()
        lock.release()
        private.close()
        raise
    return store
