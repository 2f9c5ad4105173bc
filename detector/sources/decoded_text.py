"""A file as text in which a character's byte position is known, for formats whose records are not lines.

Lines of another encoding than the file's (UTF-8 continued in GB18030, say) are read by theirs. Bytes that are valid in
neither stand in the text as lone surrogates, which no other text has, so that only their record suffers.
"""

from __future__ import annotations

import codecs
import hashlib
import re
from bisect import bisect_right
from dataclasses import dataclass
from typing import Final, Literal

from detector.sources.byte_stream import ByteStream
from detector.sources.encodings import TextDecoder
from detector.sources.line_encodings import GB18030, UTF8
from detector.sources.log_format import FilePosition, Hasher, ReadOptions

BLOCK_BYTES: Final = 8 << 20
HEAD_BYTES: Final = 1 << 20
_OTHERS: Final = {UTF8: GB18030, GB18030: UTF8}
_SINGLE: Final = re.compile(rb"[\x00-\x2f]")
"""Bytes that are a character by themselves in every encoding but UTF-16."""
_LONGEST_BYTES: Final = 32 << 20
"""A run without any such byte is cut after so many."""
BROKEN: Final = re.compile("[\ud800-\udfff]")
"""What bytes become that are no text."""


@dataclass(frozen=True, slots=True)
class _Piece:
    """A run of text of one encoding: where it begins among the pending characters and bytes."""

    text_start: int
    byte_start: int
    encoding: str


class DecodedText:
    """The text of a file from a position on: what was decoded and is not used yet is ``text``."""

    def __init__(self, stream: ByteStream, options: ReadOptions) -> None:
        self._stream = stream
        head = stream.read(HEAD_BYTES)
        self.decoder = TextDecoder(head, options.encoding, stream.path)
        self.text = ""
        self.ended = len(head) < HEAD_BYTES
        self.hasher: Hasher = hashlib.sha256()
        self._original = b""
        self._undecoded = head[self.decoder.mark_bytes :]
        self._pieces: list[_Piece] = []
        self.position = self.decoder.mark_bytes
        self.hasher.update(head[: self.position])
        self._decode()

    def read_more(self) -> None:
        """Decode another block; `ended` says whether it was the last."""
        if not self.ended:
            block = self._stream.read(BLOCK_BYTES)
            self.ended = len(block) < BLOCK_BYTES
            self._undecoded += block
            self._decode()

    def skip_to(self, place: FilePosition, hasher: Hasher) -> None:
        """Go on behind bytes that were read before and that ``hasher`` has seen; before anything is used."""
        pending = self._original + self._undecoded
        ahead = place.byte_position - self.position
        if ahead <= len(pending):
            self._undecoded = pending[ahead:]
        else:
            self._stream.skip(ahead - len(pending))
            self._undecoded, self.ended = b"", False
        self.text, self._original, self._pieces = "", b"", []
        self.position, self.hasher = place.byte_position, hasher
        self._decode()

    def place(self, row_number: int) -> FilePosition:
        """Return the place before ``text``."""
        return FilePosition(self.position, self.hasher.hexdigest(), row_number)

    def byte_positions(self, offsets: list[int]) -> list[int]:
        """Return the positions in the file of characters of ``text``, given in ascending order."""
        found: list[int] = []
        starts = [piece.text_start for piece in self._pieces]
        number, at_text, at_byte = -1, 0, 0
        for offset in offsets:
            place = bisect_right(starts, offset) - 1
            if place != number and place >= 0:
                number = place
                at_text, at_byte = self._pieces[place].text_start, self._pieces[place].byte_start
            if offset > at_text:
                at_byte += _length(self.text[at_text:offset], self._pieces[number].encoding)
                at_text = offset
            found.append(self.position + at_byte)
        return found

    def take(self, characters: int) -> None:
        """Go on behind so many characters of ``text``."""
        if not characters:
            return
        length = self.byte_positions([characters])[0] - self.position
        self.hasher.update(self._original[:length])
        kept = max(bisect_right([piece.text_start for piece in self._pieces], characters) - 1, 0)
        self.text, self._original = self.text[characters:], self._original[length:]
        self._pieces = [
            _Piece(max(piece.text_start - characters, 0), max(piece.byte_start - length, 0), piece.encoding)
            for piece in self._pieces[kept:]
        ]
        self.position += length

    def original(self) -> bytes:
        """Return the bytes of ``text``."""
        return self._original

    def _decode(self) -> None:
        """Move the whole lines, or characters, of the undecoded bytes to ``text``."""
        block = self._undecoded
        if not self.ended:
            end = self.decoder.end_of_lines(block, final=False)
            block = block[: end or _whole_characters(block, self.decoder)]
        self._undecoded = self._undecoded[len(block) :]
        if not block:
            return
        if self.ended and self.decoder.encoding is None and not block.isascii() and _is_cut(block, UTF8):
            self.decoder.encoding = UTF8
        self.decoder.settle(block, whole=self.ended)
        encoding = self.decoder.encoding or UTF8
        try:
            decoded = [(block, block.decode(encoding), encoding)]
        except UnicodeError:
            lines = block.splitlines(keepends=True) if encoding in _OTHERS else [block]
            decoded = [(line, *_decoded(line, encoding)) for line in lines]
        text_end, byte_end = len(self.text), len(self._original)
        for original, text, of_line in decoded:
            if not self._pieces or self._pieces[-1].encoding != of_line:
                self._pieces.append(_Piece(text_end, byte_end, of_line))
            text_end, byte_end = text_end + len(text), byte_end + len(original)
        self.text += "".join(text for _, text, _ in decoded)
        self._original += block


def _decoded(line: bytes, encoding: str) -> tuple[str, str]:
    """Return a line as text, and the encoding by which it is one; the file's where none fits."""
    for one in filter(None, (encoding, _OTHERS.get(encoding))):
        try:
            return line.decode(one), one
        except UnicodeError:
            if _is_cut(line, encoding):
                break
    return line.decode(encoding, _errors(encoding)), encoding


def _is_cut(line: bytes, encoding: str) -> bool:
    """Return whether bytes are text of an encoding but for a last character that is not complete."""
    try:
        codecs.getincrementaldecoder(encoding)().decode(line)
    except UnicodeError:
        return False
    return True


def _errors(encoding: str) -> str:
    """Return how bytes that are no text are kept so that their number is known."""
    return "replace" if encoding.startswith("utf-16") else "surrogateescape"


def _length(text: str, encoding: str) -> int:
    """Return how many bytes a text was decoded from."""
    if text.isascii() and not encoding.startswith("utf-16"):
        return len(text)
    return len(text.encode(encoding, _errors(encoding)))


def _whole_characters(block: bytes, decoder: TextDecoder) -> int:
    """Return the length of a block without line end up to a place between two characters for sure."""
    if decoder.is_wide:
        end = len(block) - len(block) % 2
        order: Literal["little", "big"] = "little" if decoder.encoding == "utf-16-le" else "big"
        is_half = end and 0xD800 <= int.from_bytes(block[end - 2 : end], order) < 0xDC00
        return end - 2 if is_half else end
    last = next(reversed(list(_SINGLE.finditer(block, max(len(block) - HEAD_BYTES, 0)))), None)
    return last.end() if last is not None else len(block) * (len(block) > _LONGEST_BYTES)
