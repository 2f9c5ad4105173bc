"""Files that begin without a header: the part that had it was moved away while the log went on (copytruncate).

Whether the first line is a row, and whether rows fit a header that other files of the source have.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from typing import Final

from detector.sources.aliases import canonical_column, canonical_value, normal
from detector.sources.canonical_rows import client_ip
from detector.sources.headers import configured_headers, map_header
from detector.sources.split_times import joined_time
from detector.sources.value_forms import is_whole_time

NO_HEADER: Final = "begins without a header"
"""How the problem of a file begins that was put aside whole."""
UNKNOWN: Final = f"{NO_HEADER}, and no file of this source has one: put the header's line in front of it"
MISFIT: Final = f"{NO_HEADER}, and its rows do not fit the last one of its source: put the header's line in front of it"
FITTING_SHARE: Final = 0.5
"""Least share of the first lines that must be rows of a header: the first may be a half one, some may be damaged."""
_TIME: Final = re.compile(
    r"\s*(?:\d{4}\s*[-/.年]\s*\d{1,2}\s*[-/.月]\s*\d{1,2}\s*日?[T\s]*\d{1,2}\s*[:：时]\s*\d{1,2}.*"
    r"|\d{1,2}[/.-]\d{1,2}[/.-]\d{4}\s+\d{1,2}[:：]\d{1,2}.*|\d{10}|\d{13}|\d{14})\s*"
)
_CLOCK: Final = re.compile(r"\d{4}[-/.年]\d{1,2}[-/.月]\d{1,2}日?[T\s]*\d{1,2}[:：时]\d{1,2}")
"""A time anywhere, where fields may be separated otherwise than it seems."""

_NUMBER: Final = re.compile(r"\d{4,}")
_ADDRESS: Final = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}")


def _is_time(field: str) -> bool:
    return _TIME.fullmatch(field) is not None or is_whole_time(field)


def begins_with_row(rows: tuple[tuple[str, ...], ...], columns: Mapping[str, str]) -> bool:
    """Return whether the first of these lines is a row, or the rest of one, and no header.

    No field is a known header (``columns`` are `[source.columns]`), and one is a time, or the line has another number
    of fields than most lines below it, which are rows.
    """
    if not rows:
        return False
    known = {normal(header) for header in configured_headers(columns)}
    first = rows[0]
    if any(canonical_column(field) is not None or normal(field) in known for field in first if field):
        return False
    if any(_is_time(field) or _CLOCK.search(field) for field in first):
        return True
    timed = Counter(len(row) for row in rows[1:] if any(map(_is_time, row)))
    return bool(timed) and timed.most_common(1)[0][0] != len(first)


def looks_like_row(fields: tuple[str, ...]) -> bool:
    """Return whether a line in the header's place is a row: no field is a known header, and one is a number.

    Stricter than `begins_with_row`: for who chooses a file to begin with, and shows its headers.
    """
    if any(canonical_column(field) is not None for field in fields if field):
        return False
    return any(_NUMBER.search(field) or _ADDRESS.search(field) for field in fields)


def fits(
    rows: tuple[tuple[str, ...], ...],
    header: tuple[str, ...],
    columns: Mapping[str, str],
    values: Mapping[str, Mapping[str, str]],
) -> bool:
    """Return whether lines are rows of this header.

    As many fields, a time, an account, an action that is known, and an address in its column where there is one.
    """
    mapping = map_header(header, columns)
    if mapping.problem is not None or not rows:
        return False
    places = {column: one.index for column, one in mapping.columns.items()}

    def is_row(row: tuple[str, ...]) -> bool:
        if len(row) != len(header):
            return False
        address = row[places["client_ip"]] if "client_ip" in places else ""
        time = row[places["event_time"]]
        if mapping.beside is not None:
            time = joined_time(time, row[mapping.beside.index])
        return (
            _is_time(time)
            and bool(row[places["user_id"]])
            and not _is_time(row[places["user_id"]])
            and canonical_value("action", row[places["action"]], values.get("action", {})) is not None
            and (not address or client_ip(address)[0] is not None)
        )

    return sum(map(is_row, rows)) >= FITTING_SHARE * len(rows)
