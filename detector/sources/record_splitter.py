"""Where the records of delimited text begin and end, exactly.

Most windows are *proven* clean with a few vectorised passes: no NUL, no lone CR, every opening quote at the start of a
field, every closing quote at the end of one. Whatever cannot be proven goes to an exact splitter that reads record by
record with a grammar and resynchronises: a broken record gives up only its first line, the next line starts afresh.
So an unclosed quote costs one line, however much text follows it; where that line is a row by itself (see
`detector.sources.row_shape`) it costs nothing: the quote is a character.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from detector.sources.row_shape import RowShape, field_pattern, fields_of, quoted

MAX_LINE_BREAKS: Final = 500
"""Line breaks within one record; more of them mean that a quote was never closed."""
MAX_RECORD_BYTES: Final = 16 << 20
BROKEN_BYTES: Final = "bytes that are not valid in the file's encoding"
_QUOTE: Final = 34
_RETURN: Final = 13
_MARK: Final = b"\xef\xbb\xbf"
_LINE_END: Final = re.compile(rb"\r\n|\n|\r")


@dataclass(frozen=True, slots=True)
class Broken:
    """A record that is not well formed: its number within the window, its place in the text, and why."""

    ordinal: int
    start: int
    end: int
    reason: str


@dataclass(frozen=True, slots=True)
class Records:
    """The records of a window of text.

    `offsets` has one entry more than there are pieces of `body`; the pieces are the well-formed records with their
    line ends, and, where `kept` is given, blank lines that it leaves out. `starts` are their offsets in the window,
    `ordinals` their numbers among all `count` records. Text after `consumed` belongs to a record that is not complete.
    `literal` has the raw text of the pieces whose quotes are characters: in `body` they stand escaped.
    """

    body: bytes
    offsets: NDArray[np.int64]
    starts: NDArray[np.int64]
    ordinals: NDArray[np.int64] | None
    kept: NDArray[np.bool_] | None
    broken: tuple[Broken, ...]
    count: int
    consumed: int
    has_line_breaks: bool
    literal: Mapping[int, bytes] = field(default_factory=dict)


def proven_records(text: bytes, shape: RowShape) -> Records | None:
    """Return the records of a window that is clean beyond doubt, or None.

    The text must consist of whole lines, none of which begins with a byte-order mark. Every record counts, whatever
    its number of columns.
    """
    if b"\0" in text or not text.endswith(b"\n"):
        return None
    returns = text.count(b"\r")
    if returns and returns != text.count(b"\r\n"):
        return None
    characters = np.frombuffer(text, np.uint8)
    ends = np.flatnonzero(characters == 10) + 1
    if _has_marks(text, characters, ends):
        return None
    breaks = 0
    if b'"' in text:
        quotes = np.flatnonzero(characters == _QUOTE)
        if not _quotes_are_clean(characters, quotes, ord(shape.delimiter)):
            return None
        closed = np.searchsorted(quotes, ends) % 2 == 0
        breaks = len(ends) - int(closed.sum())
        if breaks:
            if _longest_run(closed) > MAX_LINE_BREAKS or _join_rows(text, characters, ends, closed, shape):
                return None
            ends = ends[closed]
            if not len(ends):
                return None
    consumed = int(ends[-1])
    offsets = np.concatenate([np.zeros(1, np.int64), ends])
    lengths = np.diff(offsets)
    if lengths.max() > MAX_RECORD_BYTES:
        return None
    kept = _kept(characters, offsets, lengths)
    starts = offsets[:-1] if kept is None else offsets[:-1][kept]
    return Records(
        body=text if consumed == len(text) else text[:consumed],
        offsets=offsets, starts=starts, ordinals=None, kept=kept, broken=(),
        count=len(starts), consumed=consumed, has_line_breaks=breaks > 0,
    )  # fmt: skip


def _kept(
    characters: NDArray[np.uint8], offsets: NDArray[np.int64], lengths: NDArray[np.int64]
) -> NDArray[np.bool_] | None:
    """Return which pieces are no blank lines, or None where none is blank."""
    if lengths.min() > 2:
        return None
    blank = (lengths == 1) | ((lengths == 2) & (characters[offsets[:-1]] == _RETURN))
    return ~blank if blank.any() else None


def _has_marks(text: bytes, characters: NDArray[np.uint8], ends: NDArray[np.int64]) -> bool:
    """Return whether a line begins with a byte-order mark: files that begin with one were joined."""
    if text.startswith(_MARK):
        return True
    following = ends[:-1]
    return any(text.startswith(_MARK, place) for place in following[characters[following] == _MARK[0]].tolist())


def _join_rows(
    text: bytes,
    characters: NDArray[np.uint8],
    ends: NDArray[np.int64],
    closed: NDArray[np.bool_],
    shape: RowShape,
) -> bool:
    """Return whether quotes join lines that are rows by themselves; ``closed``: which line ends lie outside of quotes.

    Looked at one by one are only lines with as many separators as a row has.
    """
    if shape.time is None:
        return False
    separators = np.searchsorted(np.flatnonzero(characters == ord(shape.delimiter)), ends)
    wide = np.diff(separators, prepend=0) >= shape.columns - 1
    inside = np.concatenate([[False], ~closed[:-1]])
    starts = np.concatenate([np.zeros(1, np.int64), ends[:-1]])
    inner = inside & ~closed & wide
    if any(shape.is_row(text[starts[place] : ends[place]].rstrip()) for place in np.flatnonzero(inner).tolist()):
        return True
    first = np.maximum.accumulate(np.where(inside, 0, np.arange(len(ends))))
    last = np.flatnonzero(inside & closed & wide & wide[first])
    return any(
        shape.joins_rows(text, int(starts[begin]), int(ends[place]))
        for begin, place in zip(first[last].tolist(), last.tolist(), strict=True)
    )


def of_width(records: Records, shape: RowShape) -> Records | None:
    """Return proven records with those of a wrong number of columns taken out, or None where that needs a closer look.

    A wrong record of several lines may hide a quote that was never closed, and one with quotes may be a row whose
    quotes are characters: that is for `split_records`.
    """
    columns = shape.columns
    characters = np.frombuffer(records.body, np.uint8)
    separators = np.flatnonzero(characters == ord(shape.delimiter))
    if b'"' in records.body:
        quotes = np.flatnonzero(characters == _QUOTE)
        separators = separators[np.searchsorted(quotes, separators) % 2 == 0]
    found = np.diff(np.searchsorted(separators, records.offsets)) + 1
    starts, ends = records.offsets[:-1], records.offsets[1:]
    if records.kept is not None:
        found, starts, ends = found[records.kept], starts[records.kept], ends[records.kept]
    right = found == columns
    broken = []
    for ordinal in np.flatnonzero(~right).tolist():
        start, end = int(starts[ordinal]), int(ends[ordinal])
        if records.body.find(b"\n", start, end - 1) >= 0:
            return None
        line = records.body[start:end].rstrip(b"\r\n")
        if b'"' in line and shape.is_row(line):
            return None
        stop = start + len(line)
        broken.append(Broken(ordinal, start, stop, _width_reason(int(found[ordinal]), columns)))
    lengths = (ends - starts)[right]
    is_kept = np.zeros(len(characters) + 1, np.int8)
    is_kept[starts[right]] += 1
    is_kept[ends[right]] -= 1
    return Records(
        body=characters[np.cumsum(is_kept[:-1], dtype=np.int8).astype(bool)].tobytes(),
        offsets=np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths)]),
        starts=starts[right], ordinals=np.flatnonzero(right), kept=None, broken=tuple(broken),
        count=records.count, consumed=records.consumed, has_line_breaks=records.has_line_breaks,
    )  # fmt: skip


def split_records(text: bytes, shape: RowShape, broken_lines: tuple[int, ...] = (), *, final: bool) -> Records:
    """Return the records of any text, read one by one.

    Without `final` a record that is open at the end of the text is left for later, unless it has grown beyond the
    limits already, or holds lines that are rows.
    """
    splitter = _Splitter(text, shape, broken_lines, final=final)
    splitter.split()
    return splitter.records()


class _Splitter:
    """The exact splitter at work."""

    def __init__(self, text: bytes, shape: RowShape, broken_lines: tuple[int, ...], *, final: bool) -> None:
        self._text, self._shape, self._broken_lines, self._final = text, shape, broken_lines, final
        self._grammar = _grammar(shape.delimiter.encode(), shape.columns)
        self._line_ends = np.flatnonzero(np.frombuffer(text, np.uint8) == 10)
        self._pieces: list[bytes] = []
        self._starts: list[int] = []
        self._ordinals: list[int] = []
        self._broken: list[Broken] = []
        self._literal: dict[int, bytes] = {}
        self._position = self._count = 0
        self._has_line_breaks = False

    def split(self) -> None:
        """Go through the text."""
        size = len(self._text)
        while self._position < size:
            start = self._position
            match = self._grammar.record.match(self._text, start)
            if match is None:
                if not self._malformed(start):
                    return
            elif match.end(1) == start:  # a blank line where records have one column
                self._position = match.end()
            else:
                self._well_formed(start, match.end(1), match.end())

    def records(self) -> Records:
        """Return what was found."""
        lengths = np.fromiter((len(piece) + 1 for piece in self._pieces), np.int64, len(self._pieces))
        return Records(
            body=b"\n".join([*self._pieces, b""]),
            offsets=np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths)]),
            starts=np.asarray(self._starts, np.int64), ordinals=np.asarray(self._ordinals, np.int64), kept=None,
            broken=tuple(self._broken), count=self._count, consumed=self._position,
            has_line_breaks=self._has_line_breaks, literal=self._literal,
        )  # fmt: skip

    def _well_formed(self, start: int, stop: int, following: int) -> None:
        text, reason = self._text, None
        breaks = text.find(b"\n", start, stop) >= 0 or text.find(b"\r", start, stop) >= 0
        if breaks and self._shape.joins_rows(text, start, stop):
            self._line_alone(start)
            return
        if breaks or self._broken_lines or stop - start > MAX_RECORD_BYTES:
            reason = _beyond_limits(text, start, stop, self._broken_lines)
        if reason is not None:
            self._give_up_line(start, reason)
            return
        self._add(text[start:stop], start, following)
        self._has_line_breaks = self._has_line_breaks or breaks

    def _malformed(self, start: int) -> bool:
        """Go past the first line of what is no record; return False where it must wait for more text."""
        text = self._text
        stop, following = line_end(text, start)
        if stop == start:
            self._position = following
            return True
        if (
            not self._final
            and self._grammar.is_open(text, start)
            and _within_limits(text, start, self._line_ends)
            and not self._shape.joins_rows(text, start, len(text))
        ):
            return False
        self._line_alone(start)
        return True

    def _line_alone(self, start: int) -> None:
        """Take a line whose quotes are wrong as the row that it is by itself, or give it up.

        A text of several lines in a record that is not well formed is no reason to cut its first line off.
        """
        stop, following = line_end(self._text, start)
        line = self._text[start:stop]
        fields = None
        if b'"' in line:
            end = line_end(self._text, self._grammar.end_of_fields(self._text, start))[0]
            is_text = end > stop and not self._shape.joins_rows(self._text, start, end)
            fields = None if is_text else self._shape.fields(line)
        reason = _beyond_limits(self._text, start, stop, self._broken_lines)
        if fields is None or reason is not None:
            self._give_up_line(start, reason or self._grammar.reason(self._text, start, stop, self._shape.columns))
            return
        self._literal[len(self._pieces)] = line
        self._add(quoted(fields, self._shape.delimiter), start, following)

    def _give_up_line(self, start: int, reason: str) -> None:
        stop, following = line_end(self._text, start)
        self._broken.append(Broken(self._count, start, stop, reason))
        self._position, self._count = following, self._count + 1

    def _add(self, piece: bytes, start: int, following: int) -> None:
        self._pieces.append(piece)
        self._starts.append(start)
        self._ordinals.append(self._count)
        self._position, self._count = following, self._count + 1


def line_end(text: bytes, position: int) -> tuple[int, int]:
    """Return where the line of a position ends, and where the next one begins."""
    match = _LINE_END.search(text, position)
    return match.span() if match else (len(text), len(text))


def _beyond_limits(text: bytes, start: int, stop: int, broken_lines: tuple[int, ...]) -> str | None:
    if text.count(b"\n", start, stop) > MAX_LINE_BREAKS:
        return f"a field with more than {MAX_LINE_BREAKS} line breaks: a quote was not closed"
    if stop - start > MAX_RECORD_BYTES:
        return f"longer than {MAX_RECORD_BYTES >> 20} MiB"
    nearest = bisect_left(broken_lines, start)
    if nearest < len(broken_lines) and broken_lines[nearest] < stop:
        return BROKEN_BYTES
    return None


def _width_reason(found: int, columns: int) -> str:
    return f"{found} columns instead of {columns}"


def _within_limits(text: bytes, position: int, line_ends: NDArray[np.int64]) -> bool:
    """Tell whether a record that is open at the end of the text may still grow."""
    if len(text) - position > MAX_RECORD_BYTES:
        return False
    return len(line_ends) - int(np.searchsorted(line_ends, position)) <= MAX_LINE_BREAKS


@dataclass(frozen=True, slots=True)
class _Grammar:
    """`record` matches a record of the right width with its line end; group 1 leaves the line end out."""

    record: re.Pattern[bytes]
    fields: re.Pattern[bytes]
    open: re.Pattern[bytes]
    delimiter: bytes

    def is_open(self, text: bytes, start: int) -> bool:
        """Tell whether the text ends inside a quoted field of the record that starts here."""
        return self.open.match(text, start) is not None

    def end_of_fields(self, text: bytes, start: int) -> int:
        """Return how far the text from here is fields, whatever their number, quoted line breaks included."""
        match = self.fields.match(text, start)
        return match.end() if match else start

    def reason(self, text: bytes, start: int, stop: int, columns: int) -> str:
        """Say why a line is not a record."""
        line = text[start:stop]
        if b"\0" in line:
            return "contains NUL bytes"
        end = self.end_of_fields(text, start)
        if end < len(text) and text[end] not in b"\r\n":
            return "a quote is not closed, or text follows a closing quote"
        if end > stop:
            return "a quote is not closed: the lines up to the next quote do not make a record"
        return _width_reason(len(fields_of(line, self.delimiter.decode())), columns)


@cache
def _grammar(delimiter: bytes, columns: int) -> _Grammar:
    separator = re.escape(delimiter)
    field = field_pattern(delimiter).pattern
    repeated = rb"(?:" + separator + field + rb")"
    record = rb"(" + field + repeated + b"{%d})" % max(columns - 1, 0) + rb"(?:\r\n|\n|\r|\Z)"
    fields = field + repeated + rb"*+"
    is_open = rb"(?:" + fields + separator + rb')?+"[^"\0]*+(?:""[^"\0]*+)*+\Z'
    return _Grammar(re.compile(record), re.compile(fields), re.compile(is_open), delimiter)


def _quotes_are_clean(characters: NDArray[np.uint8], quotes: NDArray[np.int64], delimiter: int) -> bool:
    """Tell whether each opening quote starts a field and each closing quote ends one."""
    opening, closing = quotes[::2], quotes[1::2]
    before = characters[np.maximum(opening - 1, 0)]
    opens = (before == delimiter) | (before == 10) | (opening == 0)
    opens[1:] |= opening[1:] - 1 == closing[: len(opening) - 1]
    if not opens.all():
        return False
    after = characters[np.minimum(closing + 1, len(characters) - 1)]
    closes = (after == delimiter) | (after == 10) | (after == 13)
    followers = opening[1:] if len(opening) > len(closing) else np.append(opening[1:], -1)
    closes |= closing + 1 == followers[: len(closing)]
    return bool(closes.all())


def _longest_run(closed: NDArray[np.bool_]) -> int:
    """Return the longest run of line ends that lie inside quotes."""
    at = np.flatnonzero(np.concatenate([[True], closed, [True]]))
    return int(np.diff(at).max()) - 1
