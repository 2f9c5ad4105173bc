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
_QUOTE: Final = 34
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
    kept = None
    if lengths.min() <= 2:
        blank = lengths == 1
        if returns:
            blank |= (lengths == 2) & (characters[offsets[:-1]] == 13)
        if blank.any():
            kept = ~blank
    starts = offsets[:-1] if kept is None else offsets[:-1][kept]
    return Records(
        body=text if consumed == len(text) else text[:consumed],
        offsets=offsets, starts=starts, ordinals=None, kept=kept, broken=(),
        count=len(starts), consumed=consumed, has_line_breaks=breaks > 0,
    )  # fmt: skip


def split_records(
    text: bytes, delimiter: str, columns: int, broken_lines: tuple[int, ...] = (), *, final: bool
) -> Records:
    """Return the records of any text, read one by one.

    Without `final` a record that is open at the end of the text is left for later, unless it has grown beyond the
    limits already.
    """
    record, separators = _grammar(delimiter.encode())
    delimiter_byte = delimiter.encode()
    pieces: list[bytes] = []
    starts: list[int] = []
    ordinals: list[int] = []
    broken: list[Broken] = []
    position = ordinal = 0
    size = len(text)
    has_line_breaks = False
    line_ends = np.flatnonzero(np.frombuffer(text, np.uint8) == 10)
    while position < size:
        line_end = _LINE_END.search(text, position)
        line_stop = line_end.start() if line_end else size
        next_line = line_end.end() if line_end else size
        if line_stop == position:
            position = next_line
            continue
        stop, following, reason = line_stop, next_line, None
        line = text[position:line_stop]
        if b'"' in line:
            match = record.match(text, position)
            stop = match.end() if match else position
            if stop < size and text[stop] not in b"\r\n":
                reason = "a quote is not closed, or text follows a closing quote"
            if reason is None and stop > line_stop:
                after = _LINE_END.match(text, stop)
                following = after.end() if after else size
            if reason is not None and not final and size - position <= MAX_RECORD_BYTES:
                lines_left = len(line_ends) - int(np.searchsorted(line_ends, position))
                if lines_left <= MAX_LINE_BREAKS and text.count(b'"', position) % 2:
                    break
            if reason is None:
                found = sum(1 for _ in separators.finditer(text, position, stop))
                reason = _wrong_shape(text[position:stop], found, columns)
        else:
            reason = _wrong_shape(line, line.count(delimiter_byte) + 1, columns)
        if reason is None and broken_lines:
            nearest = bisect_left(broken_lines, position)
            if nearest < len(broken_lines) and broken_lines[nearest] < stop:
                reason = "bytes that are not valid in the file's encoding"
        if reason is None:
            pieces.append(text[position:stop])
            starts.append(position)
            ordinals.append(ordinal)
            has_line_breaks = has_line_breaks or stop > line_stop
            position = following
        else:
            broken.append(Broken(ordinal, position, line_stop, reason))
            position = next_line
        ordinal += 1
    lengths = np.fromiter((len(piece) + 1 for piece in pieces), np.int64, len(pieces))
    return Records(
        body=b"\n".join([*pieces, b""]),
        offsets=np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths)]),
        starts=np.asarray(starts, np.int64), ordinals=np.asarray(ordinals, np.int64), kept=None,
        broken=tuple(broken), count=ordinal, consumed=position, has_line_breaks=has_line_breaks,
    )  # fmt: skip


def fields_of(record: bytes, delimiter: str) -> list[str]:
    """Return the fields of one well-formed record, unquoted."""
    _, fields = _grammar(delimiter.encode())
    return [_unquoted(match.group(1)) for match in fields.finditer(record)]


def _unquoted(field: bytes) -> str:
    if field.startswith(b'"'):
        field = field[1:-1].replace(b'""', b'"')
    return field.decode("utf-8", "replace")


def _wrong_shape(record: bytes, found: int, columns: int) -> str | None:
    if b"\0" in record:
        return "contains NUL bytes"
    if found != columns:
        return f"{found} columns instead of {columns}"
    if record.count(b"\n") > MAX_LINE_BREAKS:
        return f"a field with more than {MAX_LINE_BREAKS} line breaks: a quote was not closed"
    if len(record) > MAX_RECORD_BYTES:
        return f"longer than {MAX_RECORD_BYTES >> 20} MiB"
    return None


@cache
def _grammar(delimiter: bytes) -> tuple[re.Pattern[bytes], re.Pattern[bytes]]:
    separator = re.escape(delimiter)
    field = rb'(?:"[^"]*+(?:""[^"]*+)*+"|(?!")[^' + separator + rb"\r\n]*+)"
    record = re.compile(field + rb"(?:" + separator + field + rb")*+")
    fields = re.compile(rb"(?:(?<=" + separator + rb")|(?<![\s\S])|(?<=[\r\n]))(" + field + rb")")
    return record, fields


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
