"""Headers among the records of a delimited file: one that comes again is no record, another one changes what follows.

Files are joined, exports restart, a log is rotated while it is written: rows follow the header above them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from detector.sources.aliases import header_table, normal
from detector.sources.headers import map_header
from detector.sources.record_splitter import Broken, fields_of, line_end
from detector.sources.text_chunks import Parsed

LOOKED_AT: Final = 4
"""How many columns, those of the fewest values, are searched for words of headers."""
_TIME: Final = re.compile(rb"\d[:\xef]\xbc?\x9a?\d")
"""What rows have and headers have not; the colon may be full-width."""
_HEADER_BYTES: Final = 64 << 10


@dataclass(frozen=True, slots=True)
class HeaderLine:
    """A header among the records of a window: its number among them, where it begins, its fields."""

    ordinal: int
    start: int
    fields: tuple[str, ...]


def is_header(fields: tuple[str, ...], columns: Mapping[str, str]) -> bool:
    """Return whether the fields of a line name all columns that a row needs; `columns` are `[source.columns]`."""
    return map_header(fields, columns).problem is None


def header_fields(line: bytes, delimiter: str) -> tuple[str, ...]:
    """Return the fields of a line as a header has them."""
    return tuple(field.strip() for field in fields_of(line.rstrip(b"\r\n"), delimiter))


def follow_headers(
    parsed: Parsed, text: bytes, header: tuple[str, ...], delimiter: str, columns: Mapping[str, str], *, final: bool
) -> tuple[Parsed, tuple[str, ...]]:
    """Return the records up to a header other than ``header``, and the header of what follows.

    Repetitions of ``header`` are taken out. Nothing follows a ``final`` window: there any header is only taken out.
    """
    again: list[int] = []
    for line in sorted(_header_lines(parsed, text, header, delimiter, columns), key=lambda one: one.start):
        if line.fields == header or final:
            again.append(line.ordinal)
            continue
        kept = _without(_before(parsed, line, line_end(text, line.start)[1]), again)
        return kept, line.fields
    return _without(parsed, again), header


def _header_lines(
    parsed: Parsed, text: bytes, header: tuple[str, ...], delimiter: str, columns: Mapping[str, str]
) -> Iterator[HeaderLine]:
    ordinals = parsed.ordinals
    for place in _candidates(parsed, header, columns):
        fields = header_fields(parsed.raw[place].as_py().encode(), delimiter)
        if (fields == header and any(fields)) or is_header(fields, columns):
            yield HeaderLine(place if ordinals is None else int(ordinals[place]), int(parsed.starts[place]), fields)
    for one in parsed.broken:
        line = text[one.start : one.end]
        if delimiter.encode() in line and len(line) <= _HEADER_BYTES and not _TIME.search(line):
            fields = header_fields(line, delimiter)
            if is_header(fields, columns):
                yield HeaderLine(one.ordinal, one.start, fields)


def _candidates(parsed: Parsed, header: tuple[str, ...], columns: Mapping[str, str]) -> list[int]:
    """Return the places of records that may be headers: in two columns at least they say what headers say."""
    encoded = [column for column in parsed.columns.columns if pa.types.is_dictionary(column.type)]
    encoded = sorted(encoded, key=lambda column: sum(len(chunk.dictionary) for chunk in column.chunks))
    looked_at = (encoded if len(encoded) > 1 else parsed.columns.columns)[:LOOKED_AT]
    if len(looked_at) < 2:
        timed = pc.match_substring_regex(parsed.raw, "[0-9][:：][0-9]")
        return [int(place) for place in np.flatnonzero(~np.asarray(timed, dtype=bool))]
    words = {*header_table(), *map(normal, header), *map(normal, columns.values())} - {""}
    known = pa.array(sorted(words), pa.string())
    found = np.zeros(parsed.columns.num_rows, np.int8)
    for column in looked_at:
        found += _says(column, known)
    return [int(place) for place in np.flatnonzero(found >= 2)]


def _says(column: pa.ChunkedArray, words: pa.Array) -> NDArray[np.int8]:
    """Return 1 for each row of a column that is one of the words, else 0."""
    parts = []
    for chunk in column.chunks:
        is_encoded = pa.types.is_dictionary(chunk.type)
        texts = chunk.dictionary if is_encoded else chunk
        plain = pc.replace_substring_regex(pc.utf8_lower(texts), r'[\s_.\-/"*]+', "")
        hits = np.asarray(pc.is_in(plain, value_set=words), dtype=np.int8)
        parts.append(hits[chunk.indices.to_numpy()] if is_encoded else hits)
    return np.concatenate([*parts, np.zeros(0, np.int8)])


def _before(parsed: Parsed, line: HeaderLine, end: int) -> Parsed:
    """Return the records before a header; the window is used up to ``end``, behind it."""
    kept = parsed.starts < line.start
    mask = pa.array(kept)
    return replace(
        parsed, columns=parsed.columns.filter(mask), raw=parsed.raw.filter(mask), starts=parsed.starts[kept],
        ordinals=None if parsed.ordinals is None else parsed.ordinals[kept],
        broken=tuple(one for one in parsed.broken if one.start < line.start), count=line.ordinal, consumed=end,
        stops=True,
    )  # fmt: skip


def _without(parsed: Parsed, ordinals: list[int]) -> Parsed:
    """Return the records without those of these numbers; the others are numbered anew."""
    if not ordinals:
        return parsed
    dropped = np.asarray(ordinals, np.int64)
    numbers = np.arange(parsed.count) if parsed.ordinals is None else parsed.ordinals
    kept = ~np.isin(numbers, dropped)
    mask = pa.array(kept)

    def anew(number: int) -> int:
        return number - int(np.searchsorted(dropped, number))

    return replace(
        parsed, columns=parsed.columns.filter(mask), raw=parsed.raw.filter(mask), starts=parsed.starts[kept],
        ordinals=numbers[kept] - np.searchsorted(dropped, numbers[kept]),
        broken=tuple(
            Broken(anew(one.ordinal), one.start, one.end, one.reason)
            for one in parsed.broken if one.ordinal not in ordinals
        ),
        count=parsed.count - len(ordinals),
    )  # fmt: skip
