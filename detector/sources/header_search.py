"""Where the header of a delimited file stands: below a title, an export time, blank and ragged lines, or on top.

The header is the first line that names what a row needs. A header over two rows counts as its lower row, the upper one
filling its gaps. Where no line names all of it, the likeliest is taken, so that its problem can be told.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from detector.sources.aliases import canonical_column, canonical_value, normal
from detector.sources.header_lines import as_wide_as_rows, filled_header, header_fields, is_header
from detector.sources.row_shape import looks_like_time

DELIMITERS: Final = (",", "\t", ";", "|")
FIRST_LINES: Final = 200
"""How many lines are searched; they also tell whether a file begins without a header."""
MOST_BREAKS: Final = 50
"""Line breaks within a header."""
_SEPARATOR_LINE: Final = re.compile(r"sep=(.)\s*$")
"""What Excel writes before the header."""
_CLOCK: Final = re.compile(r"\d[:：]\d")
_LABEL: Final = re.compile(r"[:：]|(?:时间|日期|条件|范围|单位|date|time|from|to)\s*$", re.IGNORECASE)
_LEAST_FIELDS: Final = 4


@dataclass(frozen=True, slots=True)
class FoundHeader:
    """A header: its fields, the separator, the lines of the file up to its end, how many lines above it say something.

    ``lines`` are the fields of its two rows, where it has two; ``rows`` are the fields of the lines from the header on.
    Where a row stands above the first header, the file begins without one: that row is taken for it.
    """

    fields: tuple[str, ...]
    delimiter: str
    end: int
    above: int = 0
    lines: tuple[tuple[str, ...], ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()


def find_header(text: str, delimiter: str | None, columns: Mapping[str, str]) -> FoundHeader:
    """Return the header among the first lines, without fields where there is none; ``columns``: `[source.columns]`."""
    lines = text_lines(text)[:FIRST_LINES]
    first = next((place for place, line in enumerate(lines) if line.strip("\r\n")), None)
    if first is None:
        return FoundHeader((), delimiter or DELIMITERS[0], len(lines))
    said = _SEPARATOR_LINE.match(lines[first])
    if said:
        first = next((place for place in range(first + 1, len(lines)) if lines[place].strip("\r\n")), None)
        if first is None:
            return FoundHeader((), delimiter or said.group(1), len(lines))
    delimiters = (delimiter,) if delimiter else (said.group(1),) if said else DELIMITERS
    found = _named(lines, first, delimiters, columns)
    if found is None:
        found = _likeliest(lines, first, delimiters)
    for place in range(first, found.end - 1):
        if _is_row(_fields(lines[place], found.delimiter)):
            found = FoundHeader(_fields(lines[place], found.delimiter), found.delimiter, place + 1)
            break
    below = [_fields(line, found.delimiter) for line in lines[found.end :] if line.strip("\r\n")]
    fields = as_wide_as_rows(found.fields, below, columns)
    return replace(found, fields=fields, rows=(fields, *below))


def text_lines(text: str) -> list[str]:
    """Return the lines of a text with their line ends: LF, CR LF, or CR alone."""
    return re.findall(r"[^\r\n]*(?:\r\n|\n|\r)|[^\r\n]+$", text)


def _named(lines: list[str], first: int, delimiters: tuple[str, ...], columns: Mapping[str, str]) -> FoundHeader | None:
    """Return the header in the first line that names what a row needs, by the separator that gives most known names."""
    for place in range(first, len(lines)):
        if _CLOCK.search(lines[place]):
            continue
        end = place + 1
        found = _named_in(lines, first, place, end, delimiters, columns)
        while found is None and _is_open(lines, place, end):
            end += 1
            if not _quotes(lines, place, end) % 2:
                found = _named_in(lines, first, place, end, delimiters, columns)
        if found is not None:
            return found
    return None


def _is_open(lines: list[str], place: int, end: int) -> bool:
    """Return whether a quote of the record in these lines is open, and may be closed by the next one."""
    return _quotes(lines, place, end) % 2 == 1 and end < min(len(lines), place + MOST_BREAKS)


def _quotes(lines: list[str], place: int, end: int) -> int:
    return sum(line.count('"') for line in lines[place:end])


def _named_in(
    lines: list[str], first: int, place: int, end: int, delimiters: tuple[str, ...], columns: Mapping[str, str]
) -> FoundHeader | None:
    record = "".join(lines[place:end])
    known = {normal(header) for header in columns.values()}
    best: tuple[int, FoundHeader] | None = None
    for delimiter in delimiters:
        if delimiter not in record:
            continue
        fields = _fields(record, delimiter)
        worth = sum(canonical_column(field) is not None or normal(field) in known for field in fields if field)
        if worth < 2:
            continue
        found = _over_two_rows(lines, first, place, end, fields, delimiter, columns)
        if found is not None and (best is None or worth > best[0]):
            best = worth, found
    return best[1] if best else None


def _over_two_rows(
    lines: list[str],
    first: int,
    place: int,
    end: int,
    fields: tuple[str, ...],
    delimiter: str,
    columns: Mapping[str, str],
) -> FoundHeader | None:
    """Return the header that a line is, alone, with the line above it or with the one below, or None."""
    above = sum(_says(line) for line in lines[first:place])
    upper = _fields(lines[place - 1], delimiter) if place > first else ()
    filled = filled_header(fields, upper) if upper else fields
    if filled != fields and is_header(filled, columns):
        return FoundHeader(filled, delimiter, end, above - 1, (upper, fields))
    if not is_header(fields, columns):
        return None
    if end < len(lines):
        lower = _fields(lines[end], delimiter)
        merged = filled_header(lower, fields)
        if merged not in {lower, fields} and _names_below(lower, fields) and is_header(merged, columns):
            return FoundHeader(merged, delimiter, end + 1, above, (fields, lower))
    return FoundHeader(fields, delimiter, end, above)


def _names_below(lower: tuple[str, ...], upper: tuple[str, ...]) -> bool:
    """Return whether a line below a header is its lower row: known names, no number, empty where the time stands."""
    filled = [field for field in lower if field]
    is_free = all(not below for below, above in zip(lower, upper, strict=True) if canonical_column(above) in _OWN)
    has_digits = any(character.isdigit() for field in filled for character in field)
    return is_free and not has_digits and any(canonical_column(field) is not None for field in filled)


_OWN: Final = frozenset({"event_time"})


def _likeliest(lines: list[str], first: int, delimiters: tuple[str, ...]) -> FoundHeader:
    """Return the line above the first time that has most known names, else the first one as wide as most are."""
    top = [place for place in range(first, len(lines)) if _says(lines[place])]
    until = next((number for number, place in enumerate(top) if _CLOCK.search(lines[place])), len(top))
    best: tuple[tuple[int, int], int, str] | None = None
    for place in top[: max(until, 1)]:
        for delimiter in delimiters:
            fields = _fields(lines[place], delimiter)
            known = sum(canonical_column(field) is not None for field in fields)
            worth = (known if known > 1 else 0, len(fields) if place == first else 0)
            if best is None or worth > best[0]:
                best = worth, place, delimiter
    if best is None:
        return FoundHeader(_fields(lines[first], delimiters[0]), delimiters[0], first + 1)
    (known, _), place, delimiter = best
    if not known:
        place, delimiter = _first_wide(lines, top, delimiters) or (first, delimiter)
    end = place + 1
    while _is_open(lines, place, end):
        end += 1
    if _quotes(lines, place, end) % 2:
        end = place + 1
    fields = _fields("".join(lines[place:end]), delimiter)
    return FoundHeader(fields, delimiter, end, sum(_says(line) for line in lines[first:place]))


def _first_wide(lines: list[str], top: list[int], delimiters: tuple[str, ...]) -> tuple[int, str] | None:
    """Return the first line of several fields, where the first of all is a single one and most are not."""
    for delimiter in delimiters:
        filled = [sum(map(bool, _fields(lines[place], delimiter))) for place in top]
        wide = [number for number, count in enumerate(filled) if count > 1]
        if filled and filled[0] == 1 and 2 * len(wide) > len(filled) and not _CLOCK.search(lines[top[wide[0]]]):
            return top[wide[0]], delimiter
    return None


def _fields(line: str, delimiter: str) -> tuple[str, ...]:
    return header_fields(line.encode(), delimiter)


def _says(line: str) -> bool:
    """Return whether a line says anything but separators."""
    return bool(line.strip(" \t\r\n,;|\"'\u3000\xa0\ufeff"))


def _is_row(fields: tuple[str, ...]) -> bool:
    """Return whether a line above a header is a row: a time, something that is done or several values, no label."""
    filled = [field for field in fields if field]
    return (
        any(looks_like_time(field) for field in filled)
        and not any(_LABEL.search(field) and not looks_like_time(field) for field in filled)
        and (len(filled) >= _LEAST_FIELDS or any(canonical_value("action", field, {}) for field in filled))
    )
