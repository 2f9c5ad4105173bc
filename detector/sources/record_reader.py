"""The reader that formats share whose records are found in text by code of their own and become dictionaries.

Such a format gives a `Splitter`: it finds the records in a run of text, each as canonical values (or as values under
the headers it names) or with the reason why it is none. Everything else is done here: encodings, windows, positions,
chunks, reading on where an earlier run stopped, a last record that is not complete yet, records beyond all limits.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Final, Protocol

import numpy as np
import pyarrow as pa

from detector.model.event_columns import COLUMNS
from detector.sources.byte_stream import ByteStream
from detector.sources.decoded_text import BROKEN, DecodedText
from detector.sources.log_format import REQUEST_ID, Chunk, Layout, ReadOptions, RejectedRecord
from detector.sources.record_splitter import BROKEN_BYTES, MAX_RECORD_BYTES

CANONICAL: Final = (*COLUMNS, REQUEST_ID)
"""The header of a format whose records are canonical; several patients are parted by `PATIENT_SEPARATOR`."""
RAW_CHARACTERS: Final = 1 << 20
_LINE: Final = re.compile(r"[^\r\n]*[^\s][^\r\n]*")
_UNSAFE: Final = re.compile("[\0\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Found:
    """A record of a text, from `start` to `end`: its values by header, or the `reason` why it is not understood.

    With neither it is a further line of a record that was given before: read, and a duplicate.
    """

    start: int
    end: int
    values: Mapping[str, str | None] | None = None
    reason: str = ""


@dataclass(slots=True)
class Split:
    """What a run of text holds: its records in order, and how much of it is used up.

    `skipped` are the places of lines or entries that are no records. `problem` says what is wrong with the file as a
    whole, such as an end that is missing. Where the text is final, the record that begins at `open_from` may be
    continued when the file grows: it is the last one, and all of the text is consumed.
    """

    consumed: int
    records: list[Found] = field(default_factory=list)
    skipped: list[int] = field(default_factory=list)
    problem: str | None = None
    open_from: int | None = None


class Splitter(Protocol):
    """Finds the records of one file, run by run."""

    def split(self, text: str, *, final: bool) -> Split:
        """Return the records of a text that begins where the last one was consumed.

        A record that is not complete is left for the next call; where `final`, all of the text is consumed.
        """

    def resynchronised(self, text: str) -> int:
        """Return where to go on in a text of which no record could be made though it is longer than any may be."""

    def needs_beginning(self, text: str) -> bool:
        """Return whether a file that begins so can only be understood from its start, whatever was read before."""


class LineSplitter:
    """Finds records of one line each; ``read`` gives the values of a line, or None and the reason why it has none."""

    def __init__(self, read: Callable[[str], tuple[Mapping[str, str | None] | None, str]]) -> None:
        self._read = read

    def split(self, text: str, *, final: bool) -> Split:
        """Return the records; a last line without its end may be continued."""
        whole = text.rfind("\n") + 1
        found = Split(len(text) if final else whole)
        for line in _LINE.finditer(text, 0, found.consumed):
            found.records.append(Found(*line.span(), *self._read(line[0])))
        if final and found.records and found.records[-1].start >= whole:
            found.open_from = found.records[-1].start
        return found

    def resynchronised(self, text: str) -> int:
        """Go on behind all of a line that has no end."""
        return len(text)

    def needs_beginning(self, text: str) -> bool:
        """Lines can be read on from anywhere."""
        del text
        return False


class RecordReader:
    """One file of records; `header` are the keys of their values, canonical ones by default."""

    def __init__(
        self, stream: ByteStream, options: ReadOptions, splitter: Splitter, header: tuple[str, ...] = CANONICAL
    ) -> None:
        self._stream, self._splitter, self._options = stream, splitter, options
        self._text = DecodedText(stream, options)
        self._header = header
        self._pending: Split | None = None
        self._row = self._known_rows = self._known_bytes = 0
        self._is_stuck = self._is_started = self._is_ended = False
        self._is_canonical = header == CANONICAL

    @property
    def head(self) -> str:
        """The first MiB of the file, as long as nothing was read."""
        return self._text.text

    @property
    def layout(self) -> Layout:
        """The header, and the encoding as far as it is known."""
        request = REQUEST_ID if self._is_canonical else None
        return Layout(self._header, self._text.decoder.name, request=request, is_canonical=self._is_canonical)

    def chunks(self, columns: tuple[int, ...], encoded: frozenset[int]) -> Iterator[Chunk]:
        """Yield the records; see `detector.sources.log_format.Reader`."""
        if not self._is_started:
            self._start()
        text = self._text
        while not self._is_ended:
            split = self._pending or self._splitter.split(text.text, final=text.ended)
            self._pending = None
            header = self.widened(split.records)
            if header != self._header:
                self._header, self._pending = header, split
                return
            if split.consumed:
                self._is_stuck = False
                self._stream.problem = self._stream.problem or split.problem
                yield from self._taken(split, columns, encoded)
            elif len(text.text) > MAX_RECORD_BYTES and not text.ended:
                yield self._passed_over()
            if text.ended:
                self._is_ended = True
            else:
                text.read_more()

    def widened(self, records: list[Found]) -> tuple[str, ...]:
        """Return the header by which these records are read; a format whose keys vary adds theirs."""
        del records
        return self._header

    def _start(self) -> None:
        self._is_started = True
        resume = self._options.resume
        if resume is None:
            return
        if self._splitter.needs_beginning(self._text.text):
            self._known_rows, self._known_bytes = resume.row_number, resume.byte_position
        else:
            self._row = resume.row_number
            self._text.skip_to(resume, self._options.hasher or hashlib.sha256())

    def _taken(self, split: Split, columns: tuple[int, ...], encoded: frozenset[int]) -> Iterator[Chunk]:
        """Yield the chunk of what is complete, then that of what may be continued."""
        end = split.consumed if split.open_from is None else split.open_from
        whole = [one for one in split.records if one.start < end]
        if whole or end:
            chunk = self._chunk(whole, split.skipped, end, columns, encoded)
            if chunk.end.byte_position > self._known_bytes or chunk.rows:
                yield chunk
        if split.open_from is not None:
            place = self._text.place(self._row)
            rest = [replace(one, start=one.start - end, end=one.end - end) for one in split.records[len(whole) :]]
            last = self._chunk(rest, [], None, columns, encoded)
            yield replace(last, end=place, provisional=self._text.original())

    def _chunk(
        self,
        found: list[Found],
        skipped: list[int],
        end: int | None,
        columns: tuple[int, ...],
        encoded: frozenset[int],
    ) -> Chunk:
        """Return the records of the text up to `end`, those apart that were known before, and go on behind it."""
        text, first = self._text, self._row + 1
        positions = text.byte_positions([one.start for one in found])
        numbered = [
            (first + number, place, one) for number, (place, one) in enumerate(zip(positions, found, strict=True))
        ][max(self._known_rows - self._row, 0) :]
        records, rejected = self._table(numbered, columns, encoded)
        repeats = sum(one.values is None and not one.reason for _, _, one in numbered)
        passed = sum(place >= self._known_bytes for place in text.byte_positions(skipped))
        self._row += len(found)
        if end is not None:
            text.take(end)
        return Chunk(records, rejected, text.place(self._row), len(numbered), None, repeats, passed)

    def _table(
        self, rows: list[tuple[int, int, Found]], columns: tuple[int, ...], encoded: frozenset[int]
    ) -> tuple[pa.Table, tuple[RejectedRecord, ...]]:
        text = self._text.text
        good: list[tuple[int, int, Found]] = []
        rejected: list[RejectedRecord] = []
        is_broken = BROKEN.search(text) is not None
        for row, place, one in rows:
            reason = one.reason
            if one.values is not None:
                if one.end - one.start > MAX_RECORD_BYTES:
                    reason = f"longer than {MAX_RECORD_BYTES >> 20} MiB"
                elif is_broken and BROKEN.search(text, one.start, one.end):
                    reason = BROKEN_BYTES
            if reason:
                rejected.append(RejectedRecord(row, place, reason, _shown(text, one)))
            elif one.values is not None:
                good.append((row, place, one))
        table: dict[str, pa.Array] = {}
        for index in columns:
            key = self._header[index]
            texts = _texts([one.values.get(key) for _, _, one in good if one.values is not None])
            table[f"c{index}"] = texts.dictionary_encode() if index in encoded else texts
        table["row_number"] = pa.array(np.asarray([row for row, _, _ in good], np.int64))
        table["byte_position"] = pa.array(np.asarray([place for _, place, _ in good], np.int64))
        table["raw"] = _texts([text[one.start : one.end] for _, _, one in good])
        return pa.table(table), tuple(rejected)

    def _passed_over(self) -> Chunk:
        """Pass over text that is longer than any record and is none; it counts as one, however long it is."""
        text = self._text
        end = min(max(self._splitter.resynchronised(text.text), 1), len(text.text))
        rejected: tuple[RejectedRecord, ...] = ()
        if not self._is_stuck:
            self._row += 1
            reason = f"longer than {MAX_RECORD_BYTES >> 20} MiB without an end"
            rejected = (RejectedRecord(self._row, text.position, reason, _shown(text.text, Found(0, end))),)
        if self._row <= self._known_rows:
            rejected = ()
        self._is_stuck = True
        text.take(end)
        empty = pa.table({"row_number": pa.array([], pa.int64())})
        return Chunk(empty, rejected, text.place(self._row), len(rejected))


def _texts(values: list[str | None]) -> pa.Array:
    """Return texts as the store can hold them: NUL and halves of characters become U+FFFD."""
    if _UNSAFE.search("".join(filter(None, values))):
        values = [value and _UNSAFE.sub("\ufffd", value) for value in values]
    return pa.array(values, pa.string())


def _shown(text: str, one: Found) -> str:
    r"""Return the raw text of a rejected record as it is kept: at most 1 MiB, bytes that are no text as `\xNN`."""
    cut = text[one.start : min(one.end, one.start + RAW_CHARACTERS)]
    told = BROKEN.sub(lambda match: f"\\x{ord(match.group()) & 0xFF:02x}", cut).replace("\0", "\\x00")
    return told if len(cut) == one.end - one.start else f"{told}… ({one.end - one.start} characters)"
