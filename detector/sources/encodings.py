"""From a file's bytes to UTF-8, window by window, without ever reading a file whole.

A configured encoding is used as it is. Otherwise: a byte-order mark decides; then strict UTF-8; then strict GB18030
(which contains GBK and GB2312); then the one of the two under which fewer lines are broken. As long as a file holds
nothing but ASCII the question stays open, so it is answered by the first window (32 MiB) that holds more, and by the
rest of the file too where that window holds only a few such lines. UTF-8 continued in GB18030, and the other way round,
is read line by line: see `detector.sources.line_encodings`. Lines that cannot be decoded are named, so that their
records go to quarantine; no file fails as a whole.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from detector.sources.byte_stream import ByteStream
from detector.sources.line_encodings import GB18030, UTF8, holds_utf8, line_encodings
from detector.sources.text_marks import MARKS, wide_encoding

ASCII: Final = "ascii"
_ALIASES: Final = {"gbk": GB18030, "gb2312": GB18030, "cp936": GB18030, "utf-8-sig": UTF8, "ascii": UTF8}
_SURE_LINES: Final = 20
_FOREIGN: Final = re.compile(rb"[\x80-\xff][^\n]*")
_SCAN_BYTES: Final = 8 << 20


@dataclass(frozen=True, slots=True)
class Window:
    r"""Whole lines of a file: the bytes as they are in it, and as UTF-8.

    `broken_lines` are offsets into `text` of lines that could not be decoded; there the text shows the bytes as
    `\xNN`. `marked_lines` are offsets of lines whose byte-order mark was taken off, `has_nul` says that NUL characters
    are shown as `NUL_SHOWN`: see `tidied`.
    """

    original: bytes
    text: bytes
    broken_lines: tuple[int, ...] = ()
    marked_lines: tuple[int, ...] = ()
    has_nul: bool = False


class TextDecoder:
    """Decodes the windows of one file; `encoding` is None until something other than ASCII has been seen."""

    def __init__(self, head: bytes, configured: str | None, path: Path) -> None:
        self.path = path
        self.mark_bytes = 0
        self.encoding: str | None = None if configured is None else _normal_name(configured)
        for mark, encoding in MARKS:
            if head.startswith(mark) and (self.encoding in {None, encoding, "utf-16"} or encoding == UTF8):
                self.encoding, self.mark_bytes = encoding, len(mark)
        if self.encoding in {None, "utf-16"}:
            self.encoding = wide_encoding(head) or (None if self.encoding is None else "utf-16-le")

    @property
    def name(self) -> str:
        """The encoding as it is reported: ASCII as long as nothing else has been seen."""
        return self.encoding or ASCII

    @property
    def is_wide(self) -> bool:
        """Whether characters are 16-bit units, so that a line end is not one byte."""
        return self.encoding is not None and self.encoding.startswith("utf-16")

    def end_of_lines(self, original: bytes, *, final: bool) -> int:
        """Return the length of the whole lines at the start of the bytes."""
        if self.is_wide:
            starts = self.line_starts(original)
            end = int(starts[-1]) if len(starts) else 0
        else:
            end = original.rfind(b"\n") + 1
            if not end:  # only old Macs end lines with CR alone; the last byte may still get its LF
                end = original.rfind(b"\r", 0, None if final else -1) + 1
        return end

    def line_starts(self, original: bytes) -> NDArray[np.int64]:
        """Return the offset after each line end: LF, CR LF, or CR alone."""
        if not self.is_wide:
            return line_starts(np.frombuffer(original, np.uint8))
        order = "<u2" if self.encoding == "utf-16-le" else ">u2"
        return line_starts(np.frombuffer(original, order, len(original) // 2)) * 2

    def decode(self, original: bytes, *, whole: bool) -> Window:
        """Return the window as UTF-8; `whole` says that it is all that the file has."""
        if not self.is_wide and original.isascii():
            return Window(original, original)
        self.settle(original, whole=whole)
        try:
            if self.name != GB18030 or not holds_utf8(original):
                return Window(original, _utf8(original, self.name))
        except UnicodeError:
            pass
        return self._decode_lines(original, self.name)

    def _decode_lines(self, original: bytes, settled: str) -> Window:
        starts = [0, *self.line_starts(original).tolist(), len(original)]
        lines = [original[start:end] for start, end in pairwise(starts)]
        encodings = line_encodings(lines, settled) if settled in {UTF8, GB18030} else [settled] * len(lines)
        parts: list[bytes] = []
        broken: list[int] = []
        length = 0
        for line, encoding in zip(lines, encodings, strict=True):
            try:
                text = _utf8(line, encoding)
            except UnicodeError:
                text = line.decode(encoding, "backslashreplace").encode(UTF8, "backslashreplace")
                broken.append(length)
            parts.append(text)
            length += len(text)
        return Window(original, b"".join(parts), tuple(broken))

    def settle(self, original: bytes, *, whole: bool) -> None:
        """Decide the encoding from these bytes, if it is open and they hold more than ASCII."""
        if self.encoding is None and not original.isascii():
            self.encoding = self._detected(original, whole=whole)

    def _detected(self, original: bytes, *, whole: bool) -> str:
        if _is_valid(original, UTF8):
            if whole or _foreign_lines(original) >= _SURE_LINES or _is_file_valid(self.path, UTF8):
                return UTF8
            return GB18030 if _is_file_valid(self.path, GB18030) else UTF8
        if _is_valid(original, GB18030):
            return GB18030
        foreign = [line for line in original.split(b"\n") if not line.isascii()]
        utf8_broken = sum(not _is_valid(line, UTF8) for line in foreign)
        gb_broken = sum(not _is_valid(line, GB18030) for line in foreign)
        return GB18030 if gb_broken < utf8_broken else UTF8


NUL_SHOWN: Final = "\u2400"
"""What a NUL character is shown as."""
_MARKED_LINE: Final = re.compile(rb"(?:\A|(?<=[\r\n]))\xef\xbb\xbf(?![\r\n])")


def tidied(window: Window) -> Window:
    """Return the window with NUL characters made visible and without the marks of joined files; lines stay lines."""
    text = window.text
    has_nul = b"\0" in text
    marks = [one.start() for one in _MARKED_LINE.finditer(text)]
    if not has_nul and not marks:
        return window
    before = _all_line_starts(text)
    if marks:
        text = _MARKED_LINE.sub(b"", text)
    if has_nul:
        text = text.replace(b"\0", NUL_SHOWN.encode())
    after = _all_line_starts(text)

    def moved(offsets: Sequence[int]) -> tuple[int, ...]:
        return tuple(after[np.searchsorted(before, np.asarray(offsets, np.int64))].tolist())

    return Window(window.original, text, moved(window.broken_lines), moved(marks), has_nul)


def _all_line_starts(text: bytes) -> NDArray[np.int64]:
    return np.concatenate([np.zeros(1, np.int64), line_starts(np.frombuffer(text, np.uint8))])


def line_starts(units: NDArray[np.uint8] | NDArray[np.uint16]) -> NDArray[np.int64]:
    """Return the index after each line end among characters: LF, CR LF, or CR alone."""
    feeds = np.flatnonzero(units == 10)
    returns = np.flatnonzero(units == 13)
    if len(returns):
        following = units[np.minimum(returns + 1, len(units) - 1)]
        alone = returns[(following != 10) | (returns == len(units) - 1)]
        if len(alone):
            feeds = np.sort(np.concatenate([feeds, alone]))
    return feeds.astype(np.int64) + 1


def _normal_name(configured: str) -> str:
    name = codecs.lookup(configured).name
    return _ALIASES.get(name, name)


def _utf8(original: bytes, encoding: str) -> bytes:
    if encoding == UTF8:
        original.decode(UTF8)
        return original
    return original.decode(encoding).encode(UTF8)


def _foreign_lines(original: bytes) -> int:
    """Return how many lines hold more than ASCII, counting no further than needed to be sure."""
    count = position = 0
    while count < _SURE_LINES and (match := _FOREIGN.search(original, position)):
        count, position = count + 1, match.end()
    return count


def _is_valid(line: bytes, encoding: str) -> bool:
    try:
        line.decode(encoding)
    except UnicodeError:
        return False
    return True


def _is_file_valid(path: Path, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    with ByteStream(path) as stream:
        try:
            while block := stream.read(_SCAN_BYTES):
                decoder.decode(block)
            decoder.decode(b"", final=True)
        except UnicodeError:
            return False
    return True
