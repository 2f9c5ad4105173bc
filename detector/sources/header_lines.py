"""What stands among the records of a delimited file and is none: headers, the lines above them, blank rows, totals.

Files are joined, exports restart, a log is rotated while it is written: rows follow the header above them. A header
that comes again is no record, another one changes what follows. A row with a time in its column is never looked at.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from detector.sources.aliases import canonical_column, header_table, normal
from detector.sources.canonical_rows import cleaned
from detector.sources.headers import HeaderMapping, configured_headers, map_header
from detector.sources.known_systems import completed_header
from detector.sources.record_splitter import Broken, line_end
from detector.sources.row_shape import RowShape, fields_of, looks_like_time
from detector.sources.rowless_lines import NOTE, TOTAL, blank_lines, is_title, notes, totals
from detector.sources.text_chunks import Parsed

LOOKED_AT: Final = 4
"""How many columns, those of the fewest values, are searched for words of headers where no column has the time."""
MOST_CANDIDATES: Final = 2_000
"""Rows without a time of which each is looked at; of more, only those that say what headers say."""
TITLE_LINES: Final = 20
"""How many lines above a header among the records are taken for its title."""
ROWS_BELOW: Final = 20
"""How many lines below a header among the records tell how wide its rows are."""
_TIME: Final = re.compile(rb"\d[:\xef]\xbc?\x9a?\d")
"""What rows have and headers have not; the colon may be full-width."""
_TIME_CELL: Final = r"[0-9０-９]\D{0,3}[:：/.\-年月时点][^0-9０-９]{0,3}[0-9０-９]|[0-9０-９]{8}"
_SHORTEST_PLAIN: Final = 8
"""A cell of so many bytes that begins with a digit is a time, and looked at no further."""
_HEADER_BYTES: Final = 64 << 10
_TELLING: Final = ("user_id", "patient_id", "action")
"""Beside the time: a row without any of them says nothing of an access."""


@dataclass(frozen=True, slots=True)
class HeaderLine:
    """A header among the records of a window: its number among them, where it begins, its fields."""

    ordinal: int
    start: int
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Above:
    """The header that the records of a window have, how the configuration names columns, and what rows look like.

    ``lines`` are the lines that the header was made of, where there are two.
    """

    header: tuple[str, ...]
    configured: Mapping[str, str]
    shape: RowShape
    mapping: HeaderMapping
    lines: tuple[tuple[str, ...], ...] = ()

    @classmethod
    def of(
        cls,
        header: tuple[str, ...],
        configured: Mapping[str, str],
        delimiter: str,
        lines: tuple[tuple[str, ...], ...] = (),
    ) -> Above:
        """Return what is known of the records below a header."""
        mapping = map_header(header, configured)
        time = mapping.columns.get("event_time")
        return cls(header, configured, RowShape(delimiter, len(header), time.index if time else None), mapping, lines)


def is_header(fields: tuple[str, ...], columns: Mapping[str, str]) -> bool:
    """Return whether the fields of a line name all columns that a row needs; `columns` are `[source.columns]`."""
    return map_header(completed_header(fields), columns).problem is None


def header_fields(line: bytes, delimiter: str) -> tuple[str, ...]:
    """Return the fields of a line as a header has them."""
    return tuple(field.strip("\ufeff \t\r\n\u3000\xa0") for field in fields_of(line.rstrip(b"\r\n"), delimiter))


def filled_header(lower: tuple[str, ...], upper: tuple[str, ...]) -> tuple[str, ...]:
    """Return the header over two rows: its lower one, the upper one filling its gaps; a title above fills none."""
    if len(lower) != len(upper) or sum(map(bool, upper)) < 2:
        return lower
    return tuple(below or above for below, above in zip(lower, upper, strict=True))


def as_wide_as_rows(
    fields: tuple[str, ...], below: list[tuple[str, ...]], columns: Mapping[str, str]
) -> tuple[str, ...]:
    """Return the header as wide as most rows below it: a separator at the end of rows or header alone is no column.

    Rows wider than the names for another reason, such as a separator within a field, have something in their last
    fields, or no number where the patient's stands.
    """
    mapping = map_header(fields, columns).columns
    time, patient = mapping.get("event_time"), mapping.get("patient_id")
    if time is None:
        return fields
    rows = [row for row in below if len(row) > time.index and looks_like_time(row[time.index])]
    usual = Counter(map(len, rows)).most_common(1)
    if not usual or 2 * usual[0][1] <= len(rows) or any(fields[usual[0][0] :]):
        return fields
    width = usual[0][0]
    rows = [row for row in rows if len(row) == width]
    if any(cell for row in rows for cell in row[len(fields) :]):
        return fields
    patients = [row[patient.index] for row in rows if row[patient.index]] if patient else []
    if width > len(fields) and not all(any(map(str.isdigit, text)) for text in patients):
        return fields
    return (*fields[:width], *[""] * (width - len(fields)))


def follow_headers(parsed: Parsed, text: bytes, above: Above, *, final: bool) -> tuple[Parsed, tuple[str, ...]]:
    """Return the records up to a header other than the one above, and the header of what follows.

    Repetitions of the header, lines above one and blank rows are taken out; totals and notes are set aside as broken
    records. Nothing follows a ``final`` window: there any header is only taken out.
    """
    lines = _Lines(parsed, text, above)
    lines.look()
    out: set[int] = set()
    for line in lines.headers:
        titles = lines.titles(line)
        if _named(line.fields) == _named(above.header) or final:
            out |= {line.ordinal, *titles}
            continue
        kept = _before(parsed, line, line_end(text, line.start)[1])
        out = {*(one for one in out if one < line.ordinal), *titles}
        return _without(lines.set_aside(kept), lines.blank, out, skipped=1), _fitted(line, text, above)
    return _without(lines.set_aside(parsed), lines.blank, out), above.header


def _named(header: tuple[str, ...]) -> tuple[str, ...]:
    """Return a header up to its last name: behind it stand separators alone."""
    width = max((place for place, field in enumerate(header, 1) if field), default=0)
    return header[:width]


def _fitted(line: HeaderLine, text: bytes, above: Above) -> tuple[str, ...]:
    """Return a header among the records, as wide as the rows below it."""
    below: list[tuple[str, ...]] = []
    place = line_end(text, line.start)[1]
    while len(below) < ROWS_BELOW and place < len(text):
        stop, following = line_end(text, place)
        below.append(header_fields(text[place:stop], above.shape.delimiter))
        place = following
    return as_wide_as_rows(line.fields, below, above.configured)


class _Lines:
    """The records of a window that may be none, and what they are.

    ``headers`` in the order of the file, ``blank`` and ``asides`` (ordinal: reason) by their numbers.
    """

    def __init__(self, parsed: Parsed, text: bytes, above: Above) -> None:
        self._parsed, self._text, self._above = parsed, text, above
        self.headers: list[HeaderLine] = []
        self.blank: set[int] = set()
        self.asides: dict[int, str] = {}
        self._uppers: dict[int, int] = {}
        self._others: dict[int, tuple[str, ...]] = {}
        """Lines that are nothing of the sort so far: what may stand above a header."""

    def look(self) -> None:
        """Sort the lines."""
        candidates = self._candidates()
        if len(candidates):
            self._look_at_rows(candidates)
        if self._parsed.broken:
            self._look_at_broken()
        self.headers.sort(key=lambda one: one.start)

    def titles(self, header: HeaderLine) -> list[int]:
        """Return the numbers of the lines right above a header that are its title, or its upper row."""
        found: list[int] = []
        number = header.ordinal - 1
        while len(found) < TITLE_LINES and number >= 0:
            fields, reason = self._others.get(number, ()), self.asides.get(number)
            is_above = reason == NOTE or is_title(fields) or self._is_timed_note(number)
            if number == self._uppers.get(header.ordinal) or (reason != TOTAL and is_above):
                found.append(number)
                self.asides.pop(number, None)
            elif number not in self.blank:
                break
            number -= 1
        return found

    def _is_timed_note(self, number: int) -> bool:
        """Return whether a record is a note whose time stands in the time's column: 导出时间,2026-07-01 08:00."""
        numbers = _numbers(self._parsed)
        place = int(np.searchsorted(numbers, number))
        if number in self._others or place >= len(numbers) or numbers[place] != number:
            return False
        raw = self._parsed.raw.slice(place, 1)
        return bool(notes(raw, self._above.shape.delimiter)[0]) and not self._is_telling(np.array([place]))[0]

    def set_aside(self, parsed: Parsed) -> Parsed:
        """Return the records with totals and notes among the broken ones."""
        if not self.asides:
            return parsed
        ordinals = _numbers(parsed)
        mask = np.isin(ordinals, np.fromiter(self.asides, np.int64, len(self.asides)))
        moved = [
            Broken(int(ordinal), int(start), int(start) + len(raw.encode()), self.asides[int(ordinal)])
            for ordinal, start, raw in zip(
                ordinals[mask], parsed.starts[mask], parsed.raw.filter(pa.array(mask)).to_pylist(), strict=True
            )
        ]
        told = [replace(one, reason=self.asides.get(one.ordinal, one.reason)) for one in parsed.broken]
        return replace(_filtered(parsed, ~mask), broken=tuple(sorted([*told, *moved], key=lambda one: one.start)))

    def _look_at_rows(self, candidates: NDArray[np.int64]) -> None:
        parsed, above = self._parsed, self._above
        delimiter = above.shape.delimiter
        raw = parsed.raw.take(pa.array(candidates))
        numbers = _numbers(parsed)[candidates]
        blank = blank_lines(raw, delimiter)
        self.blank |= set(numbers[blank].tolist())
        candidates, numbers, raw = candidates[~blank], numbers[~blank], raw.filter(pa.array(~blank))
        if above.shape.time is not None:
            telling = self._is_telling(candidates)
            for mask, reason in ((~telling | notes(raw, delimiter), NOTE), (totals(raw, delimiter), TOTAL)):
                self.asides |= dict.fromkeys(numbers[mask].tolist(), reason)
        if len(candidates) > MOST_CANDIDATES:
            speaking = np.isin(candidates, self._speaking())
            candidates, numbers, raw = candidates[speaking], numbers[speaking], raw.filter(pa.array(speaking))
        upper: tuple[int, tuple[str, ...]] = (-1, ())
        for number, start, line in zip(
            numbers.tolist(), parsed.starts[candidates].tolist(), raw.to_pylist(), strict=True
        ):
            fields = header_fields(line.encode(), delimiter)
            found = self._header(fields, upper[1] if upper[0] == number - 1 else ())
            if found is None:
                self._others[number] = fields
            else:
                self.headers.append(HeaderLine(number, start, found))
                self.asides.pop(number, None)
                if fields not in {found, *above.lines}:
                    self._uppers[number] = upper[0]
            upper = number, fields

    def _look_at_broken(self) -> None:
        parsed, delimiter = self._parsed, self._above.shape.delimiter
        lines = [self._text[one.start : one.end] for one in parsed.broken]
        texts = pa.array([line.decode("utf-8", "replace") for line in lines], pa.string())
        blank, total, note = (look(texts, delimiter) for look in (blank_lines, totals, notes))
        is_timed = self._above.shape.time is not None
        for place, (one, line) in enumerate(zip(parsed.broken, lines, strict=True)):
            if blank[place] and b'"' not in line:
                self.blank.add(one.ordinal)
            elif is_timed and total[place]:
                self.asides[one.ordinal] = TOTAL
            elif is_timed and note[place] and line.count(delimiter.encode()) < self._above.shape.columns - 1:
                self.asides[one.ordinal] = NOTE
            if len(line) > _HEADER_BYTES or one.ordinal in self.blank:
                continue
            fields = header_fields(line, delimiter)
            if delimiter.encode() in line and not _TIME.search(line) and is_header(fields, self._above.configured):
                self.headers.append(HeaderLine(one.ordinal, one.start, fields))
                self.asides.pop(one.ordinal, None)
            elif one.ordinal in self.asides or not _TIME.search(line):
                self._others[one.ordinal] = fields

    def _header(self, fields: tuple[str, ...], upper: tuple[str, ...]) -> tuple[str, ...] | None:
        """Return the header that a line is, alone or with the line above it, or None."""
        above = self._above
        if (fields == above.header and any(fields)) or fields in above.lines:
            return above.header
        for header in (fields, filled_header(fields, upper) if upper else fields):
            if _knows_two(header, above) and is_header(header, above.configured):
                return header
        return None

    def _candidates(self) -> NDArray[np.int64]:
        """Return the places of records that have no time in its column; without such a column, what may be no row."""
        parsed, time = self._parsed, self._above.shape.time
        if time is None or f"c{time}" not in parsed.columns.column_names:
            blank = np.flatnonzero(blank_lines(parsed.raw, self._above.shape.delimiter))
            return np.union1d(blank, self._speaking())
        column = parsed.columns.column(f"c{time}")
        found = []
        before = 0
        for chunk in column.chunks:
            texts = chunk.cast(pa.string()) if pa.types.is_dictionary(chunk.type) else chunk
            odd = np.flatnonzero(~_are_plain_times(texts))
            if len(odd):
                timed = pc.match_substring_regex(texts.take(pa.array(odd)), _TIME_CELL)
                odd = odd[~np.asarray(pc.fill_null(timed, fill_value=False), dtype=bool)]
                found.append(odd + before)
            before += len(chunk)
        return np.concatenate([*found, np.zeros(0, np.int64)]).astype(np.int64)

    def _speaking(self) -> NDArray[np.int64]:
        """Return the places of records that may be headers: in two columns at least they say what headers say."""
        parsed, above = self._parsed, self._above
        encoded = [column for column in parsed.columns.columns if pa.types.is_dictionary(column.type)]
        encoded = sorted(encoded, key=lambda column: sum(len(chunk.dictionary) for chunk in column.chunks))
        looked_at = (encoded if len(encoded) > 1 else parsed.columns.columns)[:LOOKED_AT]
        if len(looked_at) < 2:
            timed = pc.match_substring_regex(parsed.raw, "[0-9][:：][0-9]")
            return np.flatnonzero(~np.asarray(timed, dtype=bool))
        words = {*header_table(), *map(normal, above.header), *map(normal, configured_headers(above.configured))} - {""}
        known = pa.array(sorted(words), pa.string())
        found = np.zeros(parsed.columns.num_rows, np.int8)
        for column in looked_at:
            found += _says(column, known)
        return np.flatnonzero(found >= 2)

    def _is_telling(self, candidates: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Return which of these records name an account, a patient or an action."""
        telling = np.zeros(len(candidates), np.bool_)
        places = pa.array(candidates)
        for name in _TELLING:
            one = self._above.mapping.columns.get(name)
            if one is None or f"c{one.index}" not in self._parsed.columns.column_names:
                continue
            cells = self._parsed.columns.column(f"c{one.index}").take(places).cast(pa.string())
            telling |= np.asarray(pc.is_valid(cleaned(cells)), dtype=bool)
        return telling


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


def _knows_two(header: tuple[str, ...], above: Above) -> bool:
    """Return whether two fields at least are words of headers: most lines are not, and are looked at no further."""
    own = {normal(one) for one in (*above.header, *configured_headers(above.configured))}
    known = sum(1 for field in header if field and (normal(field) in own or canonical_column(field)))
    return known >= 2


def _are_plain_times(texts: pa.StringArray) -> NDArray[np.bool_]:
    """Return which texts begin with an ASCII digit and are long enough for a time."""
    if not len(texts):
        return np.zeros(0, np.bool_)
    buffers = texts.buffers()
    offsets = np.frombuffer(buffers[1], np.int32)[texts.offset : texts.offset + len(texts) + 1]
    data = np.frombuffer(buffers[2], np.uint8) if buffers[2] is not None else np.zeros(0, np.uint8)
    if not len(data):
        return np.zeros(len(texts), np.bool_)
    first = data[np.minimum(offsets[:-1], len(data) - 1)]
    result: NDArray[np.bool_] = (np.diff(offsets) >= _SHORTEST_PLAIN) & (first >= 48) & (first <= 57)
    return result


def _numbers(parsed: Parsed) -> NDArray[np.int64]:
    return np.arange(parsed.columns.num_rows) if parsed.ordinals is None else parsed.ordinals


def _filtered(parsed: Parsed, kept: NDArray[np.bool_]) -> Parsed:
    mask = pa.array(kept)
    return replace(
        parsed, columns=parsed.columns.filter(mask), raw=parsed.raw.filter(mask), starts=parsed.starts[kept],
        ordinals=_numbers(parsed)[kept],
    )  # fmt: skip


def _before(parsed: Parsed, line: HeaderLine, end: int) -> Parsed:
    """Return the records before a header; the window is used up to ``end``, behind it."""
    return replace(
        _filtered(parsed, parsed.starts < line.start),
        broken=tuple(one for one in parsed.broken if one.start < line.start), count=line.ordinal, consumed=end,
        stops=True,
    )  # fmt: skip


def _without(parsed: Parsed, blank: set[int], others: set[int], *, skipped: int = 0) -> Parsed:
    """Return the records without those of these numbers, numbered anew; the ``others`` count as skipped."""
    gone = {one for one in blank | others if one < parsed.count}
    if not gone:
        return replace(parsed, skipped=skipped) if skipped else parsed
    dropped = np.asarray(sorted(gone), np.int64)
    numbers = _numbers(parsed)
    left = _filtered(parsed, ~np.isin(numbers, dropped))

    def anew(number: int) -> int:
        return number - int(np.searchsorted(dropped, number))

    return replace(
        left, ordinals=_numbers(left) - np.searchsorted(dropped, _numbers(left)),
        broken=tuple(replace(one, ordinal=anew(one.ordinal)) for one in parsed.broken if one.ordinal not in gone),
        count=parsed.count - len(gone), skipped=len(others & gone) + skipped,
    )  # fmt: skip
