"""The relations `events` and `patient_days` over immutable Parquet parts, as text that any connection can use."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Final

import duckdb

from detector.model.tables import EVENTS, PATIENT_DAYS

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
    if not rows:
        return EVENTS.empty_select()
    return f"select {', '.join(EVENTS.names)} from read_parquet({paths_sql(folder, [str(row[0]) for row in rows])})"


def patient_days_sql(
    connection: duckdb.DuckDBPyConnection, folder: Path, first: date | None = None, last: date | None = None
) -> str:
    """Return a select over the parts of patient-days of these dates."""
    rows = connection.execute(
        "select path from patient_day_parts where business_date between ? and ? order by business_date",
        [first or date.min, last or date.max],
    ).fetchall()
    if not rows:
        return PATIENT_DAYS.empty_select()
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


def create_views(
    connection: duckdb.DuckDBPyConnection, folder: Path, first: date | None = None, last: date | None = None
) -> None:
    """Create the temporary views `events` and `patient_days` in a connection."""
    views = {"events": events_sql, "patient_days": patient_days_sql}
    for name, select in views.items():
        connection.execute(f"create or replace temp view {name} as {select(connection, folder, first, last)}")
