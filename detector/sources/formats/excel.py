"""Workbooks: xlsx, xls, ods, and the HTML, SpreadsheetML or tab-separated text that web systems call .xls.

Every sheet whose header fits is read, or the one that `[[source]] sheet` names; a sheet that goes on without a header
is read by that of the sheet before it. Lines above the header are no records. Cells that are text stay as they are.
A number in a column of identifiers may have lost its leading zeros: it gets them back where exactly one identifier
that is known would read so (in another cell of the workbook, in the site's tables). A number that is none of the known
is counted: see `Layout.bare_numbers`.
The rows become delimited text and are read as such. A workbook is complete or it is nothing: it does not grow.
`byte_position` is 0: rows of a workbook have none.
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import BinaryIO, Final, cast

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from detector.files.regular_file import open_regular
from detector.sources.byte_stream import BLOCK_BYTES, ByteStream
from detector.sources.formats.csv import CsvReader
from detector.sources.header_lines import is_header
from detector.sources.headerless import looks_like_row
from detector.sources.headers import map_header
from detector.sources.log_format import Chunk, FilePosition, Layout, LogFormat, Reader, ReadOptions
from detector.sources.workbook import (
    HEAD_BYTES,
    MAX_MEMBER_BYTES,
    OLE_MAGIC,
    DayCell,
    NumberCell,
    Sheet,
    UnreadableWorkbookError,
    archived_workbooks,
    is_markup,
    is_of_workbooks,
    is_workbook,
    serial_text,
    sheets_of,
)
from detector.sources.zip_text import ZIP_MAGIC

HEADER_ROWS: Final = 50
"""Among so many rows of a sheet its header is looked for."""
IDENTIFIERS: Final = ("user_id", "patient_id", "visit_id")


Readings = Mapping[str, Mapping[str, "str | None"]]
"""By column, what a number may have been before a workbook took its zeros: None where that could be two things."""


@dataclass(frozen=True, slots=True)
class HeadedSheet:
    """A sheet, the header of its rows, and the index of the first row below it."""

    sheet: Sheet
    header: tuple[str, ...]
    first: int


class ExcelReader:
    """One workbook, or several in a zip archive."""

    def __init__(self, stream: ByteStream, options: ReadOptions, file: BinaryIO) -> None:
        self._done = 0 if options.resume is None else options.resume.row_number
        self._size, self._digest = _digest(file)
        sheets = list(_headed(file, stream, options))
        readings, self._bare_numbers = _readings(sheets, options)
        text = GeneratedText(stream.path, _sheet_lines(sheets, options, readings))
        plain = ReadOptions(encoding="utf-8", delimiter=",", columns=options.columns)
        self._reader = CsvReader(cast("ByteStream", text), plain)

    @property
    def layout(self) -> Layout:
        """The header of the rows that come next."""
        return Layout(self._reader.layout.header, bare_numbers=self._bare_numbers)

    def chunks(self, columns: tuple[int, ...], encoded: frozenset[int]) -> Iterator[Chunk]:
        """Yield the records; see `detector.sources.log_format.Reader`. Every chunk ends at the end of the file."""
        for chunk in self._reader.chunks(columns, encoded):
            row = chunk.end.row_number + (chunk.rows if chunk.provisional is not None else 0)
            if row > self._done:
                yield self._placed(chunk, row)

    def _placed(self, chunk: Chunk, row: int) -> Chunk:
        """Return a chunk up to a row with the places of a workbook; what was read before is left out."""
        records = chunk.records
        if records.num_rows:
            place = records.column_names.index("byte_position")
            records = records.set_column(place, "byte_position", pa.array(np.zeros(records.num_rows, np.int64)))
            records = records.filter(pc.greater(records["row_number"], self._done))
        return replace(
            chunk,
            records=records,
            rejected=tuple(replace(one, byte_position=0) for one in chunk.rejected if one.row_number > self._done),
            end=FilePosition(self._size, self._digest, row),
            rows=min(chunk.rows, row - self._done),
            provisional=None,
        )


class GeneratedText:
    """Lines that are made as they are read, with the reading side of a `ByteStream`."""

    def __init__(self, path: Path, lines: Iterator[bytes]) -> None:
        self.path, self._lines, self._rest = path, lines, b""

    def read(self, size: int) -> bytes:
        """Return `size` bytes, fewer only at the end."""
        parts, length = [self._rest], len(self._rest)
        while length < size and (line := next(self._lines, None)) is not None:
            parts.append(line)
            length += len(line)
        whole = b"".join(parts)
        self._rest = whole[size:]
        return whole[:size]


def open_excel(stream: ByteStream, options: ReadOptions) -> Reader:
    """Return the reader of a file under a workbook's name; text, which is delimited, is read as such."""
    file = _whole(stream)
    file.seek(0)
    head = file.read(HEAD_BYTES)
    if head.startswith((ZIP_MAGIC, OLE_MAGIC)) or is_markup(head):
        stream.problem = None
        return ExcelReader(stream, options, file)
    return CsvReader(stream, options)


def _whole(stream: ByteStream) -> BinaryIO:
    """Return the file as one that can be read here and there; what is compressed is unpacked in memory."""
    if not stream.is_gzip:
        return stream.beside()
    with ByteStream(stream.path) as packed:
        return io.BytesIO(packed.read(MAX_MEMBER_BYTES))


def _digest(file: BinaryIO) -> tuple[int, str]:
    hasher, size = hashlib.sha256(), 0
    file.seek(0)
    while block := file.read(BLOCK_BYTES):
        hasher.update(block)
        size += len(block)
    return size, hasher.hexdigest()


def _headed(file: BinaryIO, stream: ByteStream, options: ReadOptions) -> Iterator[HeadedSheet]:
    """Yield the sheets to read; what cannot be read is a problem of the file, and keeps no other sheet."""
    header: tuple[str, ...] | None = None
    names: list[str] = []
    for sheet in _readable(file, stream):
        names.append(sheet.name)
        if options.sheet is None or sheet.name == options.sheet:
            found = _header(sheet, options.columns) or _continued(sheet, header)
            if found is not None:
                header = found.header
                yield found
    if header is None and stream.problem is None:
        wanted = options.sheet
        if wanted is not None and wanted not in names:
            stream.problem = f"has no sheet {wanted!r}, which [[source]] sheet names"
        else:
            stream.problem = "no sheet has a header with the columns that a row needs"


def _readable(file: BinaryIO, stream: ByteStream) -> Iterator[Sheet]:
    workbooks: Iterable[tuple[BinaryIO, str | None]] = [(file, None)]
    if not is_workbook(file):
        file.seek(0)
        workbooks = archived_workbooks(file)
    for workbook, problem in workbooks:
        found = problem
        if found is None:
            try:
                yield from sheets_of(workbook)
            except UnreadableWorkbookError as error:
                found = str(error)
        stream.problem = stream.problem or found


def _header(sheet: Sheet, columns: Mapping[str, str]) -> HeadedSheet | None:
    """Return a sheet with the first of its rows that names the columns a row needs."""
    for place, row in enumerate(islice(sheet, HEADER_ROWS)):
        fields = tuple(field.strip() for field in row)
        if is_header(fields, columns):
            return HeadedSheet(sheet, fields, place + 1)
    return None


def _continued(sheet: Sheet, header: tuple[str, ...] | None) -> HeadedSheet | None:
    """Return a sheet that begins with a row of the header of the sheet before it."""
    first = next(iter(sheet), None)
    if header is None or first is None or len(first) != len(header) or not looks_like_row(tuple(first)):
        return None
    return HeadedSheet(sheet, header, 0)


def _sheet_lines(sheets: Sequence[HeadedSheet], options: ReadOptions, readings: Readings) -> Iterator[bytes]:
    """Yield the lines of the sheets as delimited text: a header where it changes, and the rows below it."""
    header: tuple[str, ...] | None = None
    for headed in sheets:
        if headed.header != header:
            header = headed.header
            yield _line(header)
        yield from _rows(headed, options.columns, readings)


def _rows(headed: HeadedSheet, columns: Mapping[str, str], readings: Readings) -> Iterator[bytes]:
    """Yield the rows of a sheet: numbers of identifiers as they were written, times of cells as texts."""
    places = identifier_places(headed, columns)
    mapped = map_header(headed.header, columns).columns.get("event_time")
    time = None if mapped is None else mapped.index
    has_clock = time is not None and _has_clock(headed, time)
    for row in islice(headed.sheet, headed.first, None):
        cells = list(row)
        for column, place in places.items():
            if isinstance(cells[place], NumberCell):
                cells[place] = readings[column].get(cells[place]) or cells[place]
        if time is not None:
            cells[time] = _instant(cells[time], has_clock=has_clock)
        yield _line(cells)


def identifier_places(headed: HeadedSheet, columns: Mapping[str, str]) -> dict[str, int]:
    """Return the columns of a sheet that hold identifiers."""
    mapping = map_header(headed.header, columns).columns
    return {column: mapping[column].index for column in IDENTIFIERS if column in mapping}


def _readings(sheets: Sequence[HeadedSheet], options: ReadOptions) -> tuple[Readings, tuple[tuple[str, int], ...]]:
    """Return how the numbers among the identifiers may have been written, by column; and `Layout.bare_numbers`.

    Numbers that are not known are told where some of the known begin with a zero, or the site's tables, which should
    know, know none. The tables, which may be large, are asked only about columns that hold numbers.
    """
    texts: dict[str, set[str]] = {column: set() for column in IDENTIFIERS}
    numbers: dict[str, set[str]] = {column: set() for column in IDENTIFIERS}
    headers: dict[str, str] = {}
    for headed in sheets:
        places = identifier_places(headed, options.columns)
        headers = {column: headed.header[place] for column, place in places.items()} | headers
        for row in islice(headed.sheet, headed.first, None):
            for column, place in places.items():
                (numbers if isinstance(row[place], NumberCell) else texts)[column].add(row[place])
    readings: dict[str, dict[str, str | None]] = {column: {} for column in IDENTIFIERS}
    bare: list[tuple[str, int]] = []
    for column in filter(numbers.__getitem__, IDENTIFIERS):
        known = options.identifiers.get(column, frozenset()), texts[column]
        for identifiers in known:
            _add_readings(readings[column], identifiers)
        unknown = {number for number in numbers[column] if not readings[column].get(number)}.difference(*known)
        is_told = bool(readings[column]) or (column in options.identifiers and not any(known))
        if unknown and is_told:
            bare.append((headers[column], len(unknown)))
    return readings, tuple(bare)


def _add_readings(readings: dict[str, str | None], identifiers: Iterable[str]) -> None:
    """Note how a number may have been written: None where two identifiers would read as the same number."""
    for identifier in identifiers:
        number = identifier.lstrip("0")
        if number and number != identifier and number.isdigit():
            readings[number] = identifier if readings.get(number, identifier) == identifier else None


def _has_clock(headed: HeadedSheet, time: int) -> bool:
    """Return whether a sheet's times have a clock, so that a plain date among them is a midnight."""
    rows = islice(headed.sheet, headed.first, None)
    return any(":" in row[time] or serial_text(row[time]) is not None for row in rows)


def _instant(cell: str, *, has_clock: bool) -> str:
    if isinstance(cell, NumberCell):
        return serial_text(cell) or cell
    return f"{cell} 00:00:00" if isinstance(cell, DayCell) and has_clock else cell


def _line(cells: Iterable[str]) -> bytes:
    line = io.StringIO()
    csv.writer(line, lineterminator="\r\n").writerow(cells)
    return line.getvalue().encode("utf-8", "replace")


def _recognises(head: bytes, path: Path) -> float:
    """Recognise what is a workbook, packed or not, and markup that is no audit message for sure."""
    if head and not head.startswith(ZIP_MAGIC):
        return 0.9 * (head.startswith(OLE_MAGIC) or is_markup(head))
    with open_regular(path) as file:
        return 0.9 * (is_workbook(file) or is_of_workbooks(file))


FORMAT = LogFormat("excel", "Workbooks: xlsx, xls, ods, HTML tables and SpreadsheetML", open_excel, _recognises)
