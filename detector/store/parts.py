"""The relations `events` and `patient_days` over immutable Parquet parts, as text that any connection can use."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import date
from functools import partial
from pathlib import Path
from typing import Final

import duckdb

from detector.database.connection import BARRED_PART, DAMAGED_PART, REPAIR
from detector.errors import resource_error
from detector.model.tables import EVENTS, PATIENT_DAYS, Table
from detector.store.canonical_ids import canonical_select

PART_FOLDERS: Final = {"events": "event_parts", "patient_days": "patient_day_parts", "accesses": "patient_day_parts"}
"""Which table lists the parts of a folder; ``accesses`` holds patient-days that earlier versions wrote."""
MAGIC: Final = b"PAR1"
FOOTER_BYTES: Final = 8
FORMER_FOLDER: Final = "accesses/"
"""Where earlier versions wrote patient-days; their parts stay as they are until they are purged."""
FORMER_COLUMNS: Final = {
    "targeted": "searched_by_identity", "named": "searched_by_name", "night": "at_night", "self": "own_record",
    "support": "corroboration", "manner": "access_type", "surprise": "surprisal",
}  # fmt: skip
"""What columns of those parts are called now."""


def events_sql(connection: duckdb.DuckDBPyConnection, folder: Path, paths: Sequence[str]) -> str:
    """Return a select over event parts, whose paths lie in ``folder``.

    Accounts and patients are those that the logged identifiers stand for, see `detector.store.canonical_ids`.
    Parts are whole: rows of other dates come along and must be filtered by `business_date` as always.
    """
    if not paths:
        return EVENTS.empty_select()
    return canonical_select(connection, EVENTS.names, f"read_parquet({paths_sql(folder, paths)})")


def event_paths(
    connection: duckdb.DuckDBPyConnection, first: date | None = None, last: date | None = None
) -> list[str]:
    """Return the event parts that may hold events of these dates."""
    rows = connection.execute(
        "select path from event_parts where last_date >= ? and first_date <= ? order by part_id",
        [first or date.min, last or date.max],
    ).fetchall()
    return [str(row[0]) for row in rows]


def patient_days_sql(folder: Path, paths: Sequence[str]) -> str:
    """Return a select over parts of patient-days, whose paths lie in ``folder``."""
    if not paths:
        return PATIENT_DAYS.empty_select()
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


def patient_day_paths(
    connection: duckdb.DuckDBPyConnection, first: date | None = None, last: date | None = None
) -> list[str]:
    """Return the parts of patient-days of these dates."""
    rows = connection.execute(
        "select path from patient_day_parts where business_date between ? and ? order by business_date",
        [first or date.min, last or date.max],
    ).fetchall()
    return [str(row[0]) for row in rows]


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
    for name, shape, paths, select in (
        ("events", EVENTS, event_paths(connection, first, last), partial(events_sql, connection)),
        ("patient_days", PATIENT_DAYS, patient_day_paths(connection, first, last), patient_days_sql),
    ):
        problem = next(filter(None, (part_problem(folder, path) for path in paths)), None)
        text = select(folder, paths) if problem is None else failing_select(shape, problem)
        connection.execute(f"create or replace temp view {name} as {text}")


def part_problem(folder: Path, path: str) -> str | None:
    """Return what keeps a part from being read, as the view over it says it; None where nothing does."""
    file = folder / path
    try:
        barred = file.is_file() and not os.access(file, os.R_OK)
    except PermissionError:  # the folder lets nobody in
        barred = True
    if barred:
        return (
            f"{BARRED_PART}no permission to read {file}; the owner's next `detector run` lets the group of [store] in"
        )
    return None if is_whole(file) else f"{DAMAGED_PART}{path} is missing or damaged; {REPAIR}"


def failing_select(shape: Table, problem: str) -> str:
    """Return a select of a table's shape that fails, with what is wrong with a part, when it is read and not before.

    So what does not need the part works, and what does says which one it is.
    """
    return f"{shape.empty_select().removesuffix('where false')}where error({quoted(problem)}) is null"


def is_whole(path: Path) -> bool:
    """Tell whether a part begins and ends as Parquet does; ``verify`` reads all of it."""
    try:
        with path.open("rb") as file:
            head = file.read(len(MAGIC))
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - FOOTER_BYTES))
            footer = file.read(FOOTER_BYTES)
    except OSError as error:
        if resource_error(error) is not None:
            raise
        return False
    length = int.from_bytes(footer[:4], "little")
    return head == MAGIC and footer[4:] == MAGIC and length + FOOTER_BYTES + len(MAGIC) <= size
