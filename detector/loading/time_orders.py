"""The order of day and month in a source's times: settled by all of the source or its ``time_format``, never by a row.

A text such as 06/07/2026 is two dates. A row that has one reading only (13/06/2026) settles the order for all files of
its source, also those of later nights; two rows that contradict each other settle nothing.
"""

from __future__ import annotations

import contextlib
import datetime as dt
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from detector.database.connection import store_errors
from detector.database.queries import execute
from detector.database.rows import frame, select
from detector.deployment.time_format import settled_by
from detector.errors import StoreError
from detector.store.schema import open_copy

if TYPE_CHECKING:
    import duckdb
    import polars as pl

    from detector.deployment.log_sources import Source
    from detector.loading.loaded_file import LoadedFile
    from detector.texts import Texts


@dataclass(frozen=True, slots=True)
class OrderRow:
    """The first row of a source that can be read only with its day, or its month, first; ``event_time`` is its text."""

    time_order: str
    path: str
    row_number: int
    event_time: str


@dataclass(frozen=True, slots=True)
class SourceOrder:
    """What is known of the order of day and month in one source.

    ``settled`` is the order, None while there is none; ``is_told`` by its ``time_format``. ``rows`` are those that say
    something of it: two contradict each other. So many rows are ``waiting`` for it.
    """

    source: str
    settled: str | None
    is_told: bool = False
    rows: tuple[OrderRow, ...] = ()
    waiting: int = 0

    @property
    def is_contradicted(self) -> bool:
        """Whether rows contradict each other, and nothing else settles the order."""
        return self.settled is None and len(self.rows) > 1

    def sentence(self, texts: Texts) -> str:
        """Return what the owner of the logs has to know, where rows wait."""
        rows = f"{self.waiting:,}"
        if not self.is_contradicted:
            return texts("attention.time_order", source=self.source, rows=rows)
        first, second = (row.event_time for row in self.rows[:2])
        return texts("attention.time_orders", source=self.source, rows=rows, first=first, second=second)


class TimeOrder:
    """The order of day and month in one source."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, source: Source) -> None:
        """Take what the configuration and earlier rows of the source say."""
        self._connection, self._source = connection, source
        self._configured = settled_by(source.time_format)
        self.settled = self._now()

    def note(self, file: LoadedFile, latest: dt.datetime) -> bool:
        """Take what the rows of ``typed_rows`` say, of a file; return whether nothing is settled any more.

        Rows of years after that of ``latest`` (UTC) say nothing.
        An order that these rows settle counts from the end of the source on: others of them may contradict it.
        """
        if (
            self._configured is not None
            or not self._connection.execute(
                "select exists (from typed_rows where time_order in ('day_first', 'month_first'))"
            ).fetchall()[0][0]
        ):
            return False
        execute(
            self._connection, "load", "time_orders.sql",
            source=self._source.name, names=list(self._source.names), file_id=file.file_id, path=file.path,
            latest=latest,
        )  # fmt: skip
        was = self.settled
        self.settled = self._now() if was is not None else None
        return self.settled != was

    def at_end(self) -> str | None:
        """Return the order that is settled now that all files of the source were read."""
        self.settled = self._now()
        return self.settled

    def _now(self) -> str | None:
        if self._configured is not None:
            return self._configured
        orders = {row.time_order for row in order_rows(self._connection, self._source)}
        return orders.pop() if len(orders) == 1 else None


def source_order(connection: duckdb.DuckDBPyConnection, source: Source) -> SourceOrder:
    """Return what is known of a source's order of day and month."""
    waiting = connection.execute(
        "select count(*) from waiting_rows where list_contains(?, source) and waits_for = 'order'", [list(source.names)]
    ).fetchall()[0][0]
    told = settled_by(source.time_format)
    settled = TimeOrder(connection, source).settled
    return SourceOrder(source.name, settled, told is not None, tuple(order_rows(connection, source)), int(waiting))


def order_rows(connection: duckdb.DuckDBPyConnection, source: Source) -> list[OrderRow]:
    """Return the rows that say something of a source's order, each order once, the earliest first."""
    rows = select(
        connection,
        "select time_order, path, row_number, event_time from time_orders"
        " where list_contains($names, source) order by file_id, row_number",
        {"names": list(source.names)},
    )
    return [OrderRow(**row) for row in rows]


def stored_orders(path: Path) -> pl.DataFrame | None:
    """Return what the store at a path knows of the orders of its sources, None where there is none to be read."""
    if not path.is_file():
        return None
    try:
        with store_errors(path), contextlib.closing(open_copy(path)) as connection:
            return frame(connection, "from time_orders")
    except StoreError:
        return None
