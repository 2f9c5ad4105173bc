"""Rows set aside until something is so, and taken in without a second word of the log.

A row waits for its *time*: a clock that is weeks ahead must not move a business date, and its rows are no less true for
it; whatever is more than ``AHEAD`` later than the start of the run is taken in by the first run whose start has come
near. Or it waits for its source's *order* of day and month, which the last row of the last file may settle. The texts
of waiting rows stay in ``waiting_rows``, so that their events are made of what was logged.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from detector.database.queries import execute, frame
from detector.loading.chunk_commit import add_events, identified_rows
from detector.loading.loaded_file import LoadedFile, RowCounts, loaded_files, save_file
from detector.loading.row_times import RowTimes
from detector.model.event_columns import COLUMNS

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

    from detector.deployment.log_sources import Source
    from detector.store.store import Store

AHEAD: Final = dt.timedelta(days=1)
CLOCKS_NAMED: Final = 3
"""Accounts with wrong clocks that are named at most."""
NUMBERS: Final = ("row_number", "byte_position", "record_count")
"""Columns of canonical rows that are no texts."""
AT_A_TIME: Final = 100_000
"""Rows that one transaction takes in at most."""
WaitsFor = Literal["time", "order"]


@dataclass(frozen=True, slots=True)
class StrayClock:
    """An account with ``events`` dated ``first_on`` to ``last_on``, where nearly nobody else has any.

    ``is_future``: they are no events yet, but rows set aside until then.
    """

    user_id: str
    workstation: str | None
    source: str
    events: int
    first_on: dt.date
    last_on: dt.date
    is_future: bool = False


def latest_time(start: dt.datetime) -> dt.datetime:
    """Return the latest event time (UTC, without zone) that a run which began at ``start`` takes for an event."""
    return (start + AHEAD).astimezone(dt.UTC).replace(tzinfo=None)


def release_due_rows(store: Store, zone: str, sources: Sequence[Source], latest: dt.datetime) -> RowCounts:
    """Make events of the rows that wait for their time and are no later than ``latest``; return what became of them.

    The ledger's counts move from quarantined to accepted or duplicate. A row of a file's provisional end waits until
    the end has been read again.
    """
    total = RowCounts()
    for source in sources:
        times = RowTimes(store.connection, zone, source, latest)
        for file in loaded_files(store.connection, *source.names):
            total += _release(store, times, source, file, "time", 0, file.complete_counts.read)
    return total


def release_settled_rows(
    store: Store, times: RowTimes, source: Source, read_before: Mapping[int, int]
) -> tuple[dict[int, RowCounts], RowCounts]:
    """Make events of the rows of a source that wait for its order of day and month, where it is settled now.

    ``read_before`` has each file of which rows were read in this run, and how many had been read before. Returns what
    became of the rows of this run, by file, and of all earlier ones together.
    """
    of_run: dict[int, RowCounts] = {}
    earlier = RowCounts()
    if not is_any_waiting(store.connection, source) or times.order.at_end() is None:
        return of_run, earlier
    for file in loaded_files(store.connection, *source.names):
        before = read_before.get(file.file_id, file.counts.read)
        complete = file.complete_counts.read
        earlier += _release(store, times, source, file, "order", 0, min(before, complete))
        found = _release(store, times, source, file, "order", before, complete)
        if file.tail is not None and file.tail.part_id is None:
            found += _release(store, times, source, file, "order", complete, file.counts.read)
        if found:
            of_run[file.file_id] = found
    return of_run, earlier


def is_any_waiting(connection: duckdb.DuckDBPyConnection, source: Source) -> bool:
    """Return whether any row of a source waits for its order of day and month."""
    return bool(
        connection.execute(
            "select exists (from waiting_rows where list_contains(?, source) and waits_for = 'order')",
            [list(source.names)],
        ).fetchall()[0][0]
    )


def _release(
    store: Store, times: RowTimes, source: Source, file: LoadedFile, waits_for: WaitsFor, after: int, up_to: int
) -> RowCounts:
    """Take in the due rows of a file behind row ``after``, up to another; return what became of them."""
    total, last = RowCounts(), after
    while last < up_to:
        due = {"file_id": file.file_id, "waits_for": waits_for, "latest": times.latest, "after": last, "up_to": up_to}
        with store.transaction():
            rows = canonical_texts(store.connection, due)
            if not rows.num_rows:
                break
            last = rows["row_number"][-1].as_py()
            total += _release_rows(store, times, source, file, rows)
    return total


def _release_rows(store: Store, times: RowTimes, source: Source, file: LoadedFile, rows: pa.Table) -> RowCounts:
    """Make events of rows that wait no longer for one thing; what is wrong otherwise keeps a row in quarantine."""
    connection = store.connection
    times.create_macros()
    identified = identified_rows(store, times, source, file, rows)
    part_id = add_events(store, source.name, file, identified, rows) if identified.written else None
    connection.execute(
        "delete from quarantine where file_id = $file_id"
        " and row_number in (select row_number from typed_rows where problem is null)",
        {"file_id": file.file_id},
    )
    connection.execute(
        "delete from waiting_rows where file_id = $file_id and row_number in (select row_number from typed_rows)",
        {"file_id": file.file_id},
    )
    if identified.problems:
        execute(connection, "load", "reasons_again.sql", file_id=file.file_id)
        execute(connection, "load", "waiting_rows.sql", source=source.name, file_id=file.file_id)
    connection.unregister("canonical_rows")
    moved = RowCounts(
        0, identified.accepted, identified.duplicates, identified.problems - rows.num_rows, identified.renamed
    )
    if file.tail is not None and rows["row_number"][0].as_py() > file.complete_counts.read:
        file.move_in_tail(moved, part_id)
    file.counts += moved
    save_file(connection, file, finished=file.is_finished)
    return moved


def canonical_texts(connection: duckdb.DuckDBPyConnection, due: Mapping[str, object]) -> pa.Table:
    """Return the next canonical rows of a file that are ``due``, in the order of the file."""
    names = [*COLUMNS, "request_id", "problem", "content", "row_number", "byte_position", "raw"]
    shape = json.dumps({name: "BIGINT" if name in NUMBERS else "VARCHAR" for name in names})
    return connection.sql(
        "select unnest(from_json(record, $shape)) from waiting_rows where file_id = $file_id"
        " and waits_for = $waits_for and (waits_for = 'order' or event_time <= $latest)"
        f" and row_number > $after and row_number <= $up_to order by row_number limit {AT_A_TIME}",
        params={**due, "shape": shape},
    ).to_arrow_table()


def count_again(connection: duckdb.DuckDBPyConnection, source: str, file_id: int, after: int) -> int:
    """Return how many rows of the future behind row ``after`` of a file an earlier file of the source had brought."""
    values = {"source": source, "file_id": file_id, "after": after}
    return int(frame(connection, "load", "waiting_rows_again.sql", **values)["rows"].item())


def future_clocks(store: Store) -> tuple[StrayClock, ...]:
    """Return the accounts whose rows are set aside since they are dated after the run that read them, most first."""
    rows = frame(store.connection, "load", "future_clocks.sql")
    return tuple(StrayClock(**row, is_future=True) for row in rows.head(CLOCKS_NAMED).to_dicts())
