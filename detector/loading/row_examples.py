"""A few rows of a log as they stand in the file, beside the events that were made of them: for a look before a run.

Of accounts and patients nothing is shown but the form of their numbers: a look at the set-up is no look at a record.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from detector.database.queries import sql_text
from detector.database.rows import select
from detector.sources.headers import map_layout

if TYPE_CHECKING:
    import duckdb

    from detector.deployment.log_sources import Source
    from detector.sources.file_sample import FileSample

SHOWN: Final = (
    "event_time", "user_id", "patient_id", "action", "category", "record_count", "query_by", "client_ip", "outcome",
)  # fmt: skip
"""The columns that are translated, in the order in which they are shown."""
ALWAYS: Final = frozenset({"event_time", "user_id", "patient_id", "action"})
"""Columns that are shown where the text is the value as well."""
IDENTIFIERS: Final = frozenset({"user_id", "patient_id"})


@dataclass(frozen=True, slots=True)
class RowExample:
    """One row: its number in the file, and of each column (name, text as logged, canonical value)."""

    row_number: int
    values: tuple[tuple[str, str, str], ...]

    def texts(self) -> list[str]:
        """Return each column as `name text → value`."""
        return [f"{column} {logged} → {value}" for column, logged, value in self.values]


def row_examples(connection: duckdb.DuckDBPyConnection, source: Source, sample: FileSample) -> list[RowExample]:
    """Return the first row of each of the first few actions of a source's sample, which is in the store."""
    if not sample.first_rows.num_rows:
        return []
    mapping = map_layout(sample.layout, source.columns)
    places = {column: one.index for column, one in mapping.columns.items() if column in SHOWN}
    numbers = sample.first_rows.column("row_number").to_pylist()
    events = select(connection, sql_text("load", "row_examples.sql"), {"source": source.name, "rows": numbers})
    found = []
    for event in events:
        row = numbers.index(event["row_number"])
        texts = {column: sample.first_rows.column(f"c{place}")[row].as_py() for column, place in places.items()}
        if mapping.beside is not None:
            texts["event_time"] = (
                f"{sample.first_rows.column(f'c{mapping.beside.index}')[row].as_py()} {texts['event_time']}"
            )
        values = [(column, texts.get(column) or "", _text(event[column])) for column in SHOWN]
        found.append(
            RowExample(
                event["row_number"],
                tuple(
                    (column, _form(logged), _form(value)) if column in IDENTIFIERS else (column, logged, value)
                    for column, logged, value in values
                    if logged and (column in ALWAYS or logged != value)
                ),
            )
        )
    return found


def _text(value: object) -> str:
    return "" if value is None else str(value)


def _form(text: str) -> str:
    """Return the form of an identifier: each digit a 0, each letter an x."""
    return "".join("0" if one.isdigit() else "x" if one.isalpha() else one for one in text)
