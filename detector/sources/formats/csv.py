"""Delimited text with a header: comma, tab, semicolon or `|`, quoted as in RFC 4180, any line ends, any encoding."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv

from detector.sources.aliases import canonical_column
from detector.sources.byte_stream import ByteStream
from detector.sources.encodings import Window
from detector.sources.header_lines import follow_headers, header_fields
from detector.sources.known_systems import completed, own_header
from detector.sources.log_format import Chunk, Layout, LogFormat, Reader, ReadOptions
from detector.sources.record_splitter import Records, fields_of, of_width, proven_records, split_records
from detector.sources.text_chunks import Parsed, TextFile

DELIMITERS: Final = (",", "\t", ";", "|")
BLOCK_BYTES: Final = 8 << 20
SAMPLE_LINES: Final = 200
"""How many lines tell whether a file begins without a header."""
_SEPARATOR_LINE: Final = re.compile(r"sep=(.)\s*$")
"""What Excel writes before the header."""
ENCODED: Final = pa.dictionary(pa.int32(), pa.string())


class CsvReader:
    """One delimited file."""

    def __init__(self, stream: ByteStream, options: ReadOptions) -> None:
        self._file = TextFile(stream, options)
        text = self._file.first_text()
        first = next((line for line in _lines(text) if line.strip("\r\n")), "")
        said = _SEPARATOR_LINE.match(first)
        delimiter = options.delimiter or (said.group(1) if said else likely_delimiter(first))
        self._delimiter, self._columns = delimiter, options.columns
        self._header_lines, self._header = _header(text, delimiter)
        if options.header is not None:
            self._header_lines, self._header = 0, options.header
        self._rows = tuple(
            header_fields(line.encode(), delimiter) for line in _lines(text)[:SAMPLE_LINES] if line.strip("\r\n")
        )

    @property
    def layout(self) -> Layout:
        """What is known of the file so far."""
        return Layout(self._header, self._file.decoder.name, self._delimiter, self._rows)

    def chunks(self, columns: tuple[int, ...], encoded: frozenset[int]) -> Iterator[Chunk]:
        """Yield the records; see `detector.sources.log_format.Reader`."""
        header, delimiter = self._header, self._delimiter
        width = len(header)
        names = [f"c{index}" for index in range(width)]
        convert = pa_csv.ConvertOptions(
            include_columns=[names[index] for index in columns],
            column_types={names[index]: ENCODED if index in encoded else pa.string() for index in columns},
            strings_can_be_null=False, check_utf8=False,
        )  # fmt: skip

        def parse(window: Window, final: bool) -> Parsed:
            parsed, self._header = follow_headers(
                parsed_records(window, final), window.text, header, delimiter, self._columns, final=final
            )
            return parsed

        def parsed_records(window: Window, final: bool) -> Parsed:
            records = None if final or window.broken_lines else proven_records(window.text, delimiter)
            for _ in range(2):
                if records is not None:
                    table = _parsed(records, delimiter, names, convert)
                    if table is not None:
                        return _result(records, table)
                    records = of_width(records, delimiter, width)
            records = split_records(window.text, delimiter, width, window.broken_lines, final=final)
            table = _parsed(records, delimiter, names, convert)
            if table is None:
                table = _parsed_slowly(records, delimiter, columns)
            return _result(records, table)

        return self._file.chunks(self._header_lines, parse)


def likely_delimiter(line: str) -> str:
    """Return the delimiter of a header line: the one that gives most known columns, then most columns."""

    def worth(delimiter: str) -> tuple[int, int]:
        fields = fields_of(line.rstrip("\r\n").encode(), delimiter)
        return sum(canonical_column(field) is not None for field in fields), len(fields)

    return max(DELIMITERS, key=worth)


def _header(text: str, delimiter: str) -> tuple[int, tuple[str, ...]]:
    """Return how many lines the header takes, blank ones before it included, and its fields."""
    lines = _lines(text)
    start = next(
        (index for index, line in enumerate(lines) if line.strip("\r\n") and not _SEPARATOR_LINE.match(line)), None
    )
    if start is None:
        return len(lines), ()
    record, end = lines[start], start + 1
    while record.count('"') % 2 and end < min(len(lines), start + 50):
        record, end = record + lines[end], end + 1
    return end, tuple(field.strip() for field in fields_of(record.rstrip("\r\n").encode(), delimiter))


def _lines(text: str) -> list[str]:
    return re.findall(r"[^\r\n]*(?:\r\n|\n|\r)|[^\r\n]+$", text)


def _parsed(records: Records, delimiter: str, names: list[str], convert: pa_csv.ConvertOptions) -> pa.Table | None:
    """Return the columns, or None where the parser does not see exactly these records."""
    expected = len(records.starts)
    if not expected:
        return pa.table({name: pa.array([], pa.string()) for name in convert.include_columns})
    try:
        table = pa_csv.read_csv(
            pa.BufferReader(pa.py_buffer(records.body)),
            read_options=pa_csv.ReadOptions(column_names=names, block_size=max(BLOCK_BYTES, _longest(records) + 1)),
            parse_options=pa_csv.ParseOptions(delimiter=delimiter, newlines_in_values=records.has_line_breaks),
            convert_options=convert,
        )
    except pa.ArrowInvalid:
        return None
    return table if table.num_rows == expected else None


def _longest(records: Records) -> int:
    return int(np.diff(records.offsets).max())


def _parsed_slowly(records: Records, delimiter: str, columns: tuple[int, ...]) -> pa.Table:
    offsets = records.offsets.tolist()
    rows = [fields_of(records.body[start:end].rstrip(b"\r\n"), delimiter) for start, end in pairwise(offsets)]
    if records.kept is not None:
        rows = [row for row, kept in zip(rows, records.kept.tolist(), strict=True) if kept]
    return pa.table({f"c{index}": pa.array([row[index] for row in rows], pa.string()) for index in columns})


def _result(records: Records, table: pa.Table) -> Parsed:
    body = pa.py_buffer(records.body)
    offsets = pa.py_buffer(records.offsets.astype(np.int32))
    raw = pa.StringArray.from_buffers(len(records.offsets) - 1, offsets, body)
    if records.kept is not None:
        raw = raw.filter(pa.array(records.kept))
    return Parsed(
        columns=table, raw=pc.ascii_rtrim(raw, characters="\r\n"), starts=records.starts,
        ordinals=records.ordinals, broken=records.broken, count=records.count, consumed=records.consumed,
    )  # fmt: skip


def _open(stream: ByteStream, options: ReadOptions) -> Reader:
    return completed(CsvReader(stream, own_header(options)))


FORMAT = LogFormat("csv", "Delimited text with a header", _open)
