"""The loop that every text format shares: bytes in, chunks of whole records with their places out."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from detector.sources.byte_stream import ByteStream
from detector.sources.encodings import NUL_SHOWN, TextDecoder, Window, line_starts
from detector.sources.log_format import Chunk, FilePosition, Hasher, ReadOptions, RejectedRecord
from detector.sources.record_splitter import MAX_RECORD_BYTES, Broken
from detector.sources.zip_text import ZIP_MAGIC

WINDOW_BYTES: Final = 32 << 20
SPAN_BYTES: Final = 32 << 10
"""How much is parsed first where the parser stopped: it may stop again soon, and the rest would be parsed in vain."""
RAW_CHARACTERS: Final = 1 << 20
HEAD_BYTES: Final = 1 << 20
HEADER_BYTES: Final = 64 << 10
WORKBOOK: Final = "is a workbook and no text: its format is excel"


@dataclass(frozen=True, slots=True)
class Parsed:
    """The records of one window: text columns, raw texts, offsets in the window's text, numbers among all records.

    ``stops``: what follows is to be read otherwise, after another call of `TextFile.chunks`. ``skipped`` counts lines
    that are no records, ``stray_quotes`` records whose quotation marks are characters. ``window`` is the window in
    whose text the offsets lie, where it is not the one that was given: see `detector.sources.encodings.tidied`.
    """

    columns: pa.Table
    raw: pa.Array
    starts: NDArray[np.int64]
    ordinals: NDArray[np.int64] | None
    broken: tuple[Broken, ...]
    count: int
    consumed: int
    stops: bool = False
    skipped: int = 0
    stray_quotes: int = 0
    window: Window | None = None


Parser = Callable[[Window, bool], Parsed]
"""Parses a window of whole lines; the flag says that nothing follows it."""


class TextFile:
    """A text file under reading: its decoder, and the bytes that were taken from the stream but not yet used."""

    def __init__(self, stream: ByteStream, options: ReadOptions) -> None:
        self.stream = stream
        self.head = stream.read(HEAD_BYTES)
        if self.head.startswith(ZIP_MAGIC):
            stream.problem, self.head = WORKBOOK, b""
        self.decoder = TextDecoder(self.head, options.encoding, stream.path)
        self.resume = options.resume
        self.hasher: Hasher = options.hasher or hashlib.sha256()
        self.pending = self.head
        self.ended = len(self.head) < HEAD_BYTES
        self._is_started = False
        self._position = self._row = 0
        self._skipped_above = 0
        self._span = WINDOW_BYTES * 2
        if not self.ended and options.resume is None:
            self.pending += stream.read(WINDOW_BYTES - HEAD_BYTES)
            self.ended = len(self.pending) < WINDOW_BYTES

    def first_text(self, *, longest: bool = False) -> str:
        """Return the first lines of the file (64 KiB of them, or 1 MiB); decides the encoding on the way."""
        sample = self.pending[self.decoder.mark_bytes :]
        # a window that ends within a character would be valid in no encoding, or in another one
        lines = len(sample) if self.ended else self.decoder.end_of_lines(sample, final=False)
        self.decoder.settle(sample[: lines or len(sample)], whole=self.ended)
        for size in (HEAD_BYTES,) if longest else (HEADER_BYTES, HEAD_BYTES):
            end = self.decoder.end_of_lines(sample[:size], final=len(sample) <= size)
            if end or len(sample) <= size:
                break
        window = self.decoder.decode(sample[: end or size], whole=self.ended)
        return window.text.decode("utf-8", "replace")

    def chunks(self, header_lines: int, parse: Parser, skipped: int = 0) -> Iterator[Chunk]:
        """Yield the chunks after so many lines of header, after `resume`, or after the place where the parser stopped.

        All of them where the parser never stops. ``skipped`` of the lines of header are no records and no header.
        """
        if not self._is_started:
            self._start(header_lines, skipped)
        while True:
            part = self.pending[: self._span]
            is_all = len(part) == len(self.pending)
            whole = self.decoder.end_of_lines(part, final=False)
            stops = False
            if whole:
                window = self.decoder.decode(part[:whole], whole=self.ended and is_all)
                parsed = parse(window, False)
                window = parsed.window or window
                used, stops = self._original_offset(window, parsed.consumed), parsed.stops
                if used:
                    yield self._taken(window, parsed, used)
            if stops:
                self._span = SPAN_BYTES
                return
            if not is_all:
                self._span *= 4
                continue
            if self.ended:
                break
            if not whole and len(self.pending) > MAX_RECORD_BYTES:
                yield self._overlong()
                continue
            wanted = max(WINDOW_BYTES - len(self.pending), WINDOW_BYTES // 2)
            block = self.stream.read(wanted)
            self.ended = len(block) < wanted
            self.pending += block
        if self.pending:
            window = self.decoder.decode(self.pending, whole=True)
            parsed = parse(window, True)
            records, rejected = self._chunk(parsed.window or window, parsed)
            pending, self.pending = self.pending, b""
            yield Chunk(
                records, rejected, self._place(), parsed.count, provisional=pending,
                skipped=self._skipped(parsed), stray_quotes=parsed.stray_quotes,
            )  # fmt: skip

    def _start(self, header_lines: int, skipped: int) -> None:
        self._is_started = True
        if self.resume is None:
            self._skipped_above = skipped
            self._position = self._header_bytes(header_lines)
            self.hasher.update(self.pending[: self._position])
            self.pending = self.pending[self._position :]
        else:
            self._position, self._row = self.resume.byte_position, self.resume.row_number
            self._skip_to(self._position)

    def _taken(self, window: Window, parsed: Parsed, used: int) -> Chunk:
        """Return the chunk of a window and go on behind the bytes that it used."""
        records, rejected = self._chunk(window, parsed)
        self.hasher.update(self.pending[:used])
        self._position, self._row = self._position + used, self._row + parsed.count
        self.pending = self.pending[used:]
        return Chunk(
            records, rejected, self._place(), parsed.count,
            skipped=self._skipped(parsed), stray_quotes=parsed.stray_quotes,
        )  # fmt: skip

    def _skipped(self, parsed: Parsed) -> int:
        """Return how many lines of a window are no records; those above the header count with the first."""
        above, self._skipped_above = self._skipped_above, 0
        return parsed.skipped + above

    def _place(self) -> FilePosition:
        return FilePosition(self._position, self.hasher.hexdigest(), self._row)

    def _chunk(self, window: Window, parsed: Parsed) -> tuple[pa.Table, tuple[RejectedRecord, ...]]:
        position, row = self._position, self._row
        places = self._places_of_records(window, parsed.starts) + position
        numbers = (np.arange(parsed.count) if parsed.ordinals is None else parsed.ordinals) + (row + 1)
        records = _without_nul(parsed.columns) if window.has_nul else parsed.columns
        records = records.append_column("row_number", pa.array(numbers, pa.int64()))
        records = records.append_column("byte_position", pa.array(places, pa.int64()))
        records = records.append_column("raw", parsed.raw)
        broken_starts = np.asarray([one.start for one in parsed.broken], np.int64)
        broken_places = self._places_of_records(window, broken_starts) + position
        rejected = tuple(
            RejectedRecord(row + 1 + one.ordinal, int(place), one.reason, shown(window.text[one.start : one.end]))
            for one, place in zip(parsed.broken, broken_places, strict=True)
        )
        return records, rejected

    def _places_of_records(self, window: Window, starts: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return where records start in the window's original bytes, behind the mark of a joined file."""
        places = self._places(window, starts)
        if window.marked_lines and len(starts):
            marked = np.isin(starts, np.asarray(window.marked_lines, np.int64))
            lengths = [self._mark_length(window.original, place) for place in places[marked].tolist()]
            places = places.copy()
            places[marked] += np.asarray(lengths, np.int64)
        return places

    def _mark_length(self, original: bytes, place: int) -> int:
        if self.decoder.is_wide:
            return 2
        return 4 if original.startswith(b"\x84\x31\x95\x33", place) else 3

    def _places(self, window: Window, starts: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return where records that start at these offsets of the text start in the window's original bytes."""
        if window.text is window.original or not len(starts):
            return starts
        of_text = np.concatenate([np.zeros(1, np.int64), line_starts(np.frombuffer(window.text, np.uint8))])
        of_original = np.concatenate([np.zeros(1, np.int64), self.decoder.line_starts(window.original)])
        result: NDArray[np.int64] = of_original[np.searchsorted(of_text, starts)]
        return result

    def _original_offset(self, window: Window, consumed: int) -> int:
        if consumed == len(window.text):
            return len(window.original)
        return int(self._places(window, np.asarray([consumed], np.int64))[0])

    def _header_bytes(self, lines: int) -> int:
        if not lines:
            return self.decoder.mark_bytes
        starts = self.decoder.line_starts(self.pending[self.decoder.mark_bytes :][: 2 * HEAD_BYTES])
        return self.decoder.mark_bytes + int(starts[lines - 1]) if lines <= len(starts) else len(self.pending)

    def _skip_to(self, position: int) -> None:
        if position <= len(self.head):
            self.pending = self.head[position:]
        else:
            self.stream.skip(position - len(self.head))
            self.pending = b""
            self.ended = False

    def _overlong(self) -> Chunk:
        """Pass over a line beyond all limits and give it as one rejected record."""
        reason = f"longer than {MAX_RECORD_BYTES >> 20} MiB without a line end"
        rejected = RejectedRecord(self._row + 1, self._position, reason, shown(self.pending[:RAW_CHARACTERS]))
        pending, ended = self.pending, False
        while not (end := self.decoder.end_of_lines(pending, final=False)) and not ended:
            self.hasher.update(pending[:-2])
            self._position += len(pending) - 2
            block = self.stream.read(WINDOW_BYTES)
            ended = len(block) < WINDOW_BYTES
            pending = pending[-2:] + block
        used = self._first_line(pending) if end else len(pending)
        self.hasher.update(pending[:used])
        self._position, self._row = self._position + used, self._row + 1
        self.pending, self.ended = pending[used:], ended
        return Chunk(pa.table({"row_number": pa.array([], pa.int64())}), (rejected,), self._place(), 1)

    def _first_line(self, pending: bytes) -> int:
        return int(self.decoder.line_starts(pending)[0])


def _without_nul(columns: pa.Table) -> pa.Table:
    """Return the columns as they are without NUL characters, which the raw text shows."""
    cleaned = []
    for column in columns.columns:
        is_encoded = pa.types.is_dictionary(column.type)
        texts = column.cast(pa.string()) if is_encoded else column
        plain = pc.replace_substring(texts, NUL_SHOWN, "")
        cleaned.append(plain.dictionary_encode() if is_encoded else plain)
    return pa.table(cleaned, names=columns.column_names)


def shown(text: bytes) -> str:
    """Return the raw text of a rejected record as it is kept: at most 1 MiB, NUL bytes made visible."""
    cut = text[:RAW_CHARACTERS].decode("utf-8", "backslashreplace").replace("\0", "\\x00")
    return cut if len(text) <= RAW_CHARACTERS else f"{cut}… ({len(text)} bytes)"
