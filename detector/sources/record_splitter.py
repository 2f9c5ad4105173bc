"""Where the records of delimited text begin and end, exactly.

Most windows are *proven* clean with a few vectorised passes: no NUL, no lone CR, every opening quote at the start of a
field, every closing quote at the end of one. Whatever cannot be proven goes to an exact splitter that reads record by
record with a grammar and resynchronises: a broken record gives up only its first line, the next line starts afresh.
So an unclosed quote costs one line, however much text follows it.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

MAX_LINE_BREAKS: Final = 500
"""Line breaks within one record; more of them mean that a quote was never closed."""
MAX_RECORD_BYTES: Final = 16 << 20
BROKEN_BYTES: Final = "bytes that are not valid in the file's encoding"
_QUOTE: Final = 34
_RETURN: Final = 13
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


def proven_records(text: bytes, delimiter: str) -> Records | None:
    """Return the records of a window that is clean beyond doubt, or None.

    The text must consist of whole lines. Every record counts, whatever its number of columns.
    """
    if b"\0" in text or not text.endswith(b"\n"):
        return None
    returns = text.count(b"\r")
    if returns and returns != text.count(b"\r\n"):
        return None
    characters = np.frombuffer(text, np.uint8)
    ends = np.flatnonzero(characters == 10) + 1
    breaks = 0
    if b'"' in text:
        quotes = np.flatnonzero(characters == _QUOTE)
        if not _quotes_are_clean(characters, quotes, ord(delimiter)):
            return None
        closed = np.searchsorted(quotes, ends) % 2 == 0
        breaks = len(ends) - int(closed.sum())
        if breaks:
            if _longest_run(closed) > MAX_LINE_BREAKS:
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


def of_width(records: Records, delimiter: str, columns: int) -> Records | None:
    """Return proven records with those of a wrong number of columns taken out, or None where that needs a closer look.

    A wrong record of several lines may hide a quote that was never closed: that is for `split_records`.
    """
    characters = np.frombuffer(records.body, np.uint8)
    separators = np.flatnonzero(characters == ord(delimiter))
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
        stop = start + len(records.body[start:end].rstrip(b"\r\n"))
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


def split_records(
    text: bytes, delimiter: str, columns: int, broken_lines: tuple[int, ...] = (), *, final: bool
) -> Records:
    """Return the records of any text, read one by one.

    Without `final` a record that is open at the end of the text is left for later, unless it has grown beyond the
    limits already.
    """
    grammar = _grammar(delimiter.encode(), columns)
    line_ends = np.flatnonzero(np.frombuffer(text, np.uint8) == 10)
    pieces: list[bytes] = []
    starts: list[int] = []
    ordinals: list[int] = []
    broken: list[Broken] = []
    position = ordinal = 0
    size = len(text)
    has_line_breaks = False
    while position < size:
        match = grammar.record.match(text, position)
        if match is None:
            stop, following = line_end(text, position)
            if stop == position:
                position = following
                continue
            if not final and grammar.is_open(text, position) and _within_limits(text, position, line_ends):
                break
            broken.append(Broken(ordinal, position, stop, grammar.reason(text, position, stop, columns)))
            position, ordinal = following, ordinal + 1
            continue
        stop = match.end(1)
        if stop == position:  # a blank line where records have one column
            position = match.end()
            continue
        following, reason = match.end(), None
        breaks = text.find(b"\n", position, stop) >= 0
        if breaks or broken_lines or stop - position > MAX_RECORD_BYTES:
            reason = _beyond_limits(text, position, stop, broken_lines)
        if reason is None:
            pieces.append(text[position:stop])
            starts.append(position)
            ordinals.append(ordinal)
            has_line_breaks = has_line_breaks or breaks
        else:
            stop, following = line_end(text, position)
            broken.append(Broken(ordinal, position, stop, reason))
        position, ordinal = following, ordinal + 1
    lengths = np.fromiter((len(piece) + 1 for piece in pieces), np.int64, len(pieces))
    return Records(
        body=b"\n".join([*pieces, b""]),
        offsets=np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths)]),
        starts=np.asarray(starts, np.int64), ordinals=np.asarray(ordinals, np.int64), kept=None,
        broken=tuple(broken), count=ordinal, consumed=position, has_line_breaks=has_line_breaks,
    )  # fmt: skip


def line_end(text: bytes, position: int) -> tuple[int, int]:
    """Return where the line of a position ends, and where the next one begins."""
    match = _LINE_END.search(text, position)
    return match.span() if match else (len(text), len(text))


def fields_of(record: bytes, delimiter: str) -> list[str]:
    """Return the fields of one record, unquoted; what is not well formed is taken as it stands."""
    field = _field(delimiter.encode())
    found: list[str] = []
    position = 0
    while True:
        match = field.match(record, position)
        end = match.end() if match else position
        if end < len(record) and record[end : end + 1] != delimiter.encode():
            end = record.find(delimiter.encode(), position)
            end = len(record) if end < 0 else end
        found.append(_unquoted(record[position:end]))
        if end >= len(record):
            return found
        position = end + 1


def _unquoted(field: bytes) -> str:
    if len(field) > 1 and field.startswith(b'"') and field.endswith(b'"'):
        field = field[1:-1].replace(b'""', b'"')
    return field.decode("utf-8", "replace")


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

    def reason(self, text: bytes, start: int, stop: int, columns: int) -> str:
        """Say why a line is not a record."""
        line = text[start:stop]
        if b"\0" in line:
            return "contains NUL bytes"
        match = self.fields.match(text, start)
        end = match.end() if match else start
        if end < len(text) and text[end] not in b"\r\n":
            return "a quote is not closed, or text follows a closing quote"
        if end > stop:
            return "a quote is not closed: the lines up to the next quote do not make a record"
        return _width_reason(len(fields_of(line, self.delimiter.decode())), columns)


@cache
def _grammar(delimiter: bytes, columns: int) -> _Grammar:
    separator = re.escape(delimiter)
    field = _field(delimiter).pattern
    repeated = rb"(?:" + separator + field + rb")"
    record = rb"(" + field + repeated + b"{%d})" % max(columns - 1, 0) + rb"(?:\r\n|\n|\r|\Z)"
    fields = field + repeated + rb"*+"
    is_open = rb"(?:" + fields + separator + rb')?+"[^"\0]*+(?:""[^"\0]*+)*+\Z'
    return _Grammar(re.compile(record), re.compile(fields), re.compile(is_open), delimiter)


@cache
def _field(delimiter: bytes) -> re.Pattern[bytes]:
    """Return what a field is: closed quotes, or text that does not begin with a quote and has no separator."""
    plain = rb"[^" + re.escape(delimiter) + rb"\r\n\0]*+"
    return re.compile(rb'(?:"[^"\0]*+(?:""[^"\0]*+)*+"|(?!")' + plain + rb")")


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
