"""Rows dated after the run that read them: set aside, and taken in by the first run whose start has come near.

A clock that is weeks ahead must not move a business date, and its rows are no less true for it. A row more than
``AHEAD`` later than the start of the run is quarantined as ``future``; the texts of it stay in ``future_rows`` so that
its event is made of what was logged once it can have happened.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from detector.database.queries import frame
from detector.loading.chunk_commit import add_events, create_time_macros, identified_rows
from detector.loading.loaded_file import RowCounts, loaded_files, save_file
from detector.model.event_columns import COLUMNS

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

    from detector.deployment.log_sources import Source
    from detector.loading.loaded_file import LoadedFile
    from detector.store.store import Store

AHEAD: Final = dt.timedelta(days=1)
CLOCKS_NAMED: Final = 3
"""Accounts with wrong clocks that are named at most."""
NUMBERS: Final = ("row_number", "byte_position", "record_count")
"""Columns of canonical rows that are no texts."""


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


def release_future_rows(store: Store, zone: str, sources: Sequence[Source], latest: dt.datetime) -> RowCounts:
    """Make events of the rows set aside that are no later than ``latest``, file by file; return what became of them.

    The ledger's counts move from quarantined to accepted or duplicate. A row of a file's provisional end waits until
    the end has been read again.
    """
    total = RowCounts()
    for source in sources:
        for name in (source.name, *source.former_names):
            for file in loaded_files(store.connection, name):
                with store.transaction():
                    total += _release(store, zone, source, file, latest)
    return total


def _release(store: Store, zone: str, source: Source, file: LoadedFile, latest: dt.datetime) -> RowCounts:
    connection = store.connection
    due = {"file_id": file.file_id, "latest": latest, "complete": file.complete_counts.read}
    rows = canonical_texts(connection, due)
    if not rows.num_rows:
        return RowCounts()
    create_time_macros(connection)
    identified = identified_rows(store, zone, source, file.file_id, rows, latest)
    if identified.written:
        add_events(store, source.name, file, identified, rows)
    connection.unregister("canonical_rows")
    released = {"file_id": file.file_id, "rows": rows["row_number"].to_pylist()}
    for table in ("quarantine", "future_rows"):
        connection.execute(
            f"delete from {table} where file_id = $file_id and row_number in (select unnest($rows::bigint[]))", released
        )
    moved = RowCounts(0, identified.accepted, identified.duplicates, -rows.num_rows, identified.renamed)
    file.counts += moved
    save_file(connection, file)
    return moved


def canonical_texts(connection: duckdb.DuckDBPyConnection, due: dict[str, object]) -> pa.Table:
    """Return the canonical rows of a file that are ``due``, in the order of the file."""
    names = [*COLUMNS, "request_id", "problem", "content", "row_number", "byte_position", "raw"]
    shape = json.dumps({name: "BIGINT" if name in NUMBERS else "VARCHAR" for name in names})
    return connection.sql(
        "select unnest(from_json(record, $shape)) from future_rows"
        " where file_id = $file_id and event_time <= $latest and row_number <= $complete order by row_number",
        params={**due, "shape": shape},
    ).to_arrow_table()


def count_again(connection: duckdb.DuckDBPyConnection, source: str, file_id: int, after: int) -> int:
    """Return how many rows set aside behind row ``after`` of a file an earlier file of the source had brought."""
    values = {"source": source, "file_id": file_id, "after": after}
    return int(frame(connection, "load", "future_rows_again.sql", **values)["rows"].item())


def future_clocks(store: Store) -> tuple[StrayClock, ...]:
    """Return the accounts whose rows are set aside since they are dated after the run that read them, most first."""
    rows = frame(store.connection, "load", "future_clocks.sql")
    return tuple(StrayClock(**row, is_future=True) for row in rows.head(CLOCKS_NAMED).to_dicts())
