"""Delimited exports of systems whose rows mean more than their columns: each row becomes one canonical record."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Final

import pyarrow as pa

from detector.sources.byte_stream import ByteStream
from detector.sources.formats.csv import CsvReader
from detector.sources.header_lines import header_fields
from detector.sources.header_search import DELIMITERS, text_lines
from detector.sources.log_format import Chunk, Layout, Reader, ReadOptions
from detector.sources.record_reader import CANONICAL

TranslateRow = Callable[[Mapping[str, str | None]], Mapping[str, str | None] | None]
"""Gives the canonical record of a row by the columns of its table; None: a further line of an earlier record."""
KnowColumns = Callable[[tuple[str, ...]], Mapping[int, str] | None]
"""Gives the table's column for the places of a header; None where it is no header of the format."""
HEAD_BYTES: Final = 64 << 10
HEADER_LINES: Final = 20
"""How many lines may hold a header below titles."""
_PLACES: Final = ("row_number", "byte_position", "raw")


class TranslatedRows:
    """A file whose rows another reader finds."""

    def __init__(
        self, inner: Reader, know: KnowColumns, translate: TranslateRow, at_end: Callable[[], None] = lambda: None
    ) -> None:
        """Read what ``inner`` reads; ``at_end`` is called when all is read."""
        self._inner, self._know, self._translate, self._at_end = inner, know, translate, at_end

    @property
    def layout(self) -> Layout:
        """The canonical header; that of the file where it is not one of the format's.

        The delimiter is not told: the file's own header is read anew each time.
        """
        layout = self._inner.layout
        if self._know(layout.header) is None:
            return layout
        return Layout(CANONICAL, layout.encoding, is_canonical=True)

    def chunks(self, columns: tuple[int, ...], encoded: frozenset[int]) -> Iterator[Chunk]:
        """Yield the records; see `detector.sources.log_format.Reader`."""
        while True:
            header = self._inner.layout.header
            known = self._know(header)
            if known is None:
                yield from self._inner.chunks(columns, encoded)
                return
            places = tuple(sorted(known))
            for chunk in self._inner.chunks(places, frozenset()):
                yield self._translated(chunk, known, columns, encoded)
            if self._inner.layout.header == header:
                self._at_end()
                return

    def _translated(
        self, chunk: Chunk, known: Mapping[int, str], columns: tuple[int, ...], encoded: frozenset[int]
    ) -> Chunk:
        if not chunk.records.num_rows:
            return chunk
        names = [known[place] for place in sorted(known)]
        texts = [chunk.records.column(f"c{place}").cast(pa.string()).to_pylist() for place in sorted(known)]
        records = [self._translate(dict(zip(names, row, strict=True))) for row in zip(*texts, strict=True)]
        kept = [place for place, record in enumerate(records) if record is not None]
        given = [record for record in records if record is not None]
        table: dict[str, pa.Array | pa.ChunkedArray] = {}
        for index in columns:
            values = pa.array([record.get(CANONICAL[index]) for record in given], pa.string())
            table[f"c{index}"] = values.dictionary_encode() if index in encoded else values
        for name in _PLACES:
            table[name] = chunk.records.column(name).take(pa.array(kept, pa.int64()))
        return replace(chunk, records=pa.table(table), repeats=chunk.repeats + len(records) - len(kept))


def open_rows(
    stream: ByteStream,
    options: ReadOptions,
    know: KnowColumns,
    translate: TranslateRow,
    needed: Mapping[str, tuple[str, ...]],
    at_end: Callable[[], None] = lambda: None,
) -> TranslatedRows:
    """Return a reader of delimited text; ``needed``: which columns of the tables stand for a canonical one.

    By these the header is found below titles.
    """
    with ByteStream(stream.path) as beginning:
        head = beginning.read(HEAD_BYTES)
    found = next((fields for fields in first_fields(head) if know(fields) is not None), ())
    columns = configured_columns(found, know, needed)
    return TranslatedRows(CsvReader(stream, replace(options, columns=columns)), know, translate, at_end)


def configured_columns(
    header: tuple[str, ...], know: KnowColumns, needed: Mapping[str, tuple[str, ...]]
) -> dict[str, str]:
    """Return which of these headers stand for the columns that a row needs, as `[source.columns]` would say it."""
    places = {name: place for place, name in (know(header) or {}).items()}
    return {canonical: header[places[name]] for canonical, names in needed.items() for name in names if name in places}


def first_fields(head: bytes) -> Iterator[tuple[str, ...]]:
    """Yield the fields of the first lines of delimited text, one of which may be a header."""
    encodings = ("utf-16",) if head[:2] in {b"\xff\xfe", b"\xfe\xff"} else ("utf-8-sig", "gb18030")
    for encoding in encodings:
        for line in text_lines(head.decode(encoding, "ignore"))[:HEADER_LINES]:
            if line.strip():
                yield from (header_fields(line.rstrip("\r\n").encode(), one) for one in DELIMITERS if one in line)
