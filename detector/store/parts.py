"""The relations `events` and `patient_days` over immutable Parquet parts, as text that any connection can use."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Final

import duckdb

EVENT_TYPES: Final[dict[str, str]] = {
    "source": "VARCHAR", "file_id": "INTEGER", "row_number": "BIGINT", "byte_position": "BIGINT", "raw": "VARCHAR",
    "event_id": "VARCHAR", "event_time": "TIMESTAMP", "local_time": "TIMESTAMP", "business_date": "DATE",
    "user_id": "VARCHAR", "user_name": "VARCHAR", "user_department": "VARCHAR", "user_role": "VARCHAR",
    "patient_id": "VARCHAR", "patient_department": "VARCHAR", "visit_id": "VARCHAR",
    "action": "VARCHAR", "category": "VARCHAR", "record_count": "BIGINT", "query_by": "VARCHAR",
    "client_ip": "VARCHAR", "workstation": "VARCHAR", "application": "VARCHAR", "session_id": "VARCHAR",
    "outcome": "VARCHAR", "reason": "VARCHAR",
}  # fmt: skip
"""One row per canonical event. `event_time` is UTC, `local_time` the site's wall clock, `business_date` its date;
`row_number` and `byte_position` say where in the file the record stands, `raw` is its text."""

FORMER_FOLDER: Final = "accesses/"
"""Where earlier versions wrote patient-days; their parts stay as they are until they are purged."""
FORMER_COLUMNS: Final = {
    "targeted": "searched_by_identity", "named": "searched_by_name", "night": "at_night", "self": "own_record",
    "support": "corroboration", "manner": "access_type", "surprise": "surprisal",
}  # fmt: skip
"""What columns of those parts are called now."""


def events_sql(
    connection: duckdb.DuckDBPyConnection, folder: Path, first: date | None = None, last: date | None = None
) -> str:
    """Return a select over the event parts; with dates only over parts that may hold events of these dates.

    Parts are whole: rows of other dates come along and must be filtered by `business_date` as always.
    """
    rows = connection.execute(
        "select path from event_parts where last_date >= ? and first_date <= ? order by part_id",
        [first or date.min, last or date.max],
    ).fetchall()
    columns = ", ".join(EVENT_TYPES)
    if not rows:
        return "select " + ", ".join(f"null::{kind} as {name}" for name, kind in EVENT_TYPES.items()) + " where false"
    return f"select {columns} from read_parquet({paths_sql(folder, [str(row[0]) for row in rows])})"


def patient_days_sql(
    connection: duckdb.DuckDBPyConnection, folder: Path, first: date | None = None, last: date | None = None
) -> str | None:
    """Return a select over the parts of judged patient-days of these dates, or None where there are none."""
    rows = connection.execute(
        "select path from patient_day_parts where business_date between ? and ? order by business_date",
        [first or date.min, last or date.max],
    ).fetchall()
    if not rows:
        return None
    paths = [str(row[0]) for row in rows]
    former = [path for path in paths if path.startswith(FORMER_FOLDER)]
    shapes = {
        "*": [path for path in paths if path not in former],
        "* rename (" + ", ".join(f"{old} as {new}" for old, new in FORMER_COLUMNS.items()) + ")": former,
    }
    return " union all by name ".join(
        f"select {columns} from read_parquet({paths_sql(folder, listed)}, union_by_name = true)"
        for columns, listed in shapes.items()
        if listed
    )


def paths_sql(folder: Path, paths: Sequence[str]) -> str:
    """Return a list of files as SQL."""
    return "[" + ", ".join(quoted(str(folder / path)) for path in paths) + "]"


def quoted(text: str) -> str:
    """Return a text as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"
