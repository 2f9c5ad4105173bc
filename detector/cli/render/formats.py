"""Rows for people and for machines: ``table``, ``ndjson`` and ``csv``.

NDJSON has every key of every row, null where unknown. CSV cells that a spreadsheet would take for a formula get a
leading apostrophe; lists are joined by ``|``; nested values are JSON.
"""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Any, TextIO

from detector.cli.render.text import shown
from detector.texts.json_lines import json_line, jsonable
from detector.texts.untrusted import no_formula

__all__ = ["RowFormat", "csv_cell", "json_line", "write_csv", "write_lines", "write_ndjson"]


class RowFormat(StrEnum):
    """What ``--format`` takes where rows are listed."""

    TABLE = "table"
    NDJSON = "ndjson"
    CSV = "csv"


def csv_cell(value: object) -> object:
    """Return a value as a CSV cell: no formula, no control characters, lists flat."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None or isinstance(value, int | float):
        return value
    if isinstance(value, list | tuple):
        flat = all(isinstance(one, str | int | float) for one in value)
        text = "|".join(map(str, value)) if flat else json.dumps(value, ensure_ascii=False, default=jsonable)
    elif isinstance(value, Mapping):
        text = json.dumps(value, ensure_ascii=False, default=jsonable)
    else:
        text = jsonable(value)
    return "\n".join(shown(line) for line in no_formula(text).split("\n"))


def write_ndjson(rows: Iterable[Mapping[str, Any]], stream: TextIO) -> None:
    """Write one JSON object a line."""
    stream.writelines(json_line(row) + "\n" for row in rows)


def write_csv(keys: Sequence[str], rows: Iterable[Mapping[str, Any]], stream: TextIO) -> None:
    """Write a header of ``keys`` and one line a row (quoted line breaks aside)."""
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(keys)
    writer.writerows([csv_cell(row.get(key)) for key in keys] for row in rows)


def write_lines(lines: Iterable[str], stream: TextIO | None = None) -> None:
    """Write lines for a person to the standard output."""
    stream = stream or sys.stdout
    for line in lines:
        stream.write(line + "\n")
