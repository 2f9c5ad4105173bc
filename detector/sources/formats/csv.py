"""Delimited text with a header: comma, tab, semicolon or `|`, quoted as in RFC 4180, any line ends, any encoding."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv

from detector.sources.byte_stream import ByteStream
from detector.sources.encodings import Window, tidied
from detector.sources.header_lines import Above, follow_headers, header_fields
from detector.sources.header_search import FIRST_LINES, FoundHeader, find_header, text_lines
from detector.sources.known_systems import completed, own_header
from detector.sources.log_format import Chunk, Layout, LogFormat, Reader, ReadOptions
from detector.sources.record_splitter import Records, of_width, proven_records, split_records
from detector.sources.row_shape import fields_of
from detector.sources.text_chunks import Parsed, TextFile

BLOCK_BYTES: Final = 8 << 20
ENCODED: Final = pa.dictionary(pa.int32(), pa.string())


class CsvReader:
    """One delimited file."""

    def __init__(self, stream: ByteStream, options: ReadOptions) -> None:
        self._file = TextFile(stream, options)
        found = find_header(self._file.first_text(), options.delimiter, options.columns)
        self._delimiter, self._columns = found.delimiter, options.columns
        self._found: FoundHeader | None = found
        self._header, self._rows = found.fields, found.rows
        if options.header is not None:
            lines = text_lines(self._file.first_text())[:FIRST_LINES]
            self._rows = tuple(header_fields(one.encode(), found.delimiter) for one in lines if one.strip("\r\n"))
            self._found, self._header = None, options.header

    @property
    def layout(self) -> Layout:
        """What is known of the file so far."""
        return Layout(self._header, self._file.decoder.name, self._delimiter, self._rows)

    def chunks(self, columns: tuple[int, ...], encoded: frozenset[int]) -> Iterator[Chunk]:
        """Yield the records; see `detector.sources.log_format.Reader`."""
        found = self._found
        is_first = found is not None and found.fields == self._header
        above = Above.of(self._header, self._columns, self._delimiter, found.lines if found and is_first else ())
        shape = above.shape
        names = [f"c{index}" for index in range(shape.columns)]
        convert = pa_csv.ConvertOptions(
            include_columns=[names[index] for index in columns],
            column_types={names[index]: ENCODED if index in encoded else pa.string() for index in columns},
            strings_can_be_null=False, check_utf8=False,
        )  # fmt: skip

        def parse(window: Window, final: bool) -> Parsed:
            parsed = parsed_records(window, final)
            tidy = parsed.window or window
            parsed, self._header = follow_headers(parsed, tidy.text, above, final=final)
            return parsed

        def parsed_records(window: Window, final: bool) -> Parsed:
            provable = not final and not window.broken_lines
            records = proven_records(window.text, shape) if provable else None
            if records is None:
                window = tidied(window)
                records = proven_records(window.text, shape) if provable else None
            for _ in range(2):
                if records is not None:
                    table = _parsed(records, shape.delimiter, names, convert)
                    if table is not None:
                        return _result(records, table, window)
                    records = of_width(records, shape)
            records = split_records(window.text, shape, window.broken_lines, final=final)
            table = _parsed(records, shape.delimiter, names, convert)
            if table is None:
                table = _parsed_slowly(records, shape.delimiter, columns)
            return _result(records, table, window)

        if found is None:
            return self._file.chunks(0, parse)
        return self._file.chunks(found.end, parse, found.above)


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


def _result(records: Records, table: pa.Table, window: Window) -> Parsed:
    body = pa.py_buffer(records.body)
    offsets = pa.py_buffer(records.offsets.astype(np.int32))
    raw = pa.StringArray.from_buffers(len(records.offsets) - 1, offsets, body)
    if records.kept is not None:
        raw = raw.filter(pa.array(records.kept))
    raw = pc.ascii_rtrim(raw, characters="\r\n")
    if records.literal:
        is_literal = np.zeros(len(raw), np.bool_)
        is_literal[list(records.literal)] = True
        raw = pc.replace_with_mask(raw, is_literal, pa.array([one.decode() for one in records.literal.values()]))
    return Parsed(
        columns=table, raw=raw, starts=records.starts, ordinals=records.ordinals, broken=records.broken,
        count=records.count, consumed=records.consumed, stray_quotes=len(records.literal), window=window,
    )  # fmt: skip


def _open(stream: ByteStream, options: ReadOptions) -> Reader:
    return completed(CsvReader(stream, own_header(options)))


FORMAT = LogFormat("csv", "Delimited text with a header", _open)
