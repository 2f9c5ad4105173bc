"""A zip archive as one text: its members one after another in the order of their names, with bounded memory.

Members that cannot be read are named and left out: locked ones, archives and workbooks, binary files, and what unpacks
to far more than a log does. Nothing is unpacked to the disk; a name says nothing but the order. A member alone stays
byte for byte what it is; where there are several, a line ends between them, UTF-16 becomes UTF-8, and byte-order marks
are left out behind the first.
"""

from __future__ import annotations

import codecs
import lzma
import zipfile
import zlib
from collections.abc import Collection, Iterator
from itertools import chain
from typing import BinaryIO, Final

from detector.files.path_text import path_text
from detector.sources.text_marks import MARKS, wide_encoding

ZIP_MAGIC: Final = b"PK\x03\x04"
ZIP_MAGICS: Final = (ZIP_MAGIC, b"PK\x05\x06")
"""How a zip archive begins, and how one without any file does."""
MOST_RATIO: Final = 250
"""How many times its packed size a log unpacks to at most; it is an eighth or so."""
ANY_RATIO_BYTES: Final = 64 << 20
"""What unpacks to no more than that may be as dense as it likes."""
MOST_MEMBERS: Final = 100_000
NAMED_MEMBERS: Final = 3
"""So many members that cannot be read are named; the others are counted."""
_BLOCK_BYTES: Final = 1 << 20
_HEAD_BYTES: Final = 4096
_BINARY_SHARE: Final = 0.05
"""Share of control characters in the first bytes from which on a member is no text."""
_CONTROLS: Final = bytes({*range(32)} - {*b"\t\n\v\f\r\x1a\x1b"})
_PACKED: Final = (
    *ZIP_MAGICS, b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"7z\xbc\xaf", b"Rar!", b"\x28\xb5\x2f\xfd",
)  # fmt: skip
_BINARY: Final = (b"\xd0\xcf\x11\xe0", b"%PDF", b"PAR1", b"\x89PNG", b"SQLite format 3")
DAMAGES: Final = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, ValueError)
_GB18030_MARK: Final = "\ufeff".encode("gb18030")
_WORKBOOKS: Final = (".xlsx", ".xlsm", ".xls", ".ods", ".xlsb")
_LITTER: Final = frozenset({".ds_store", "thumbs.db", "desktop.ini"})


class ZipText:
    """The text of an archive; ``problem`` says what of it was not read so far."""

    def __init__(self, file: BinaryIO, size: int) -> None:
        """Take an open file of ``size`` bytes, which stays open."""
        self._problems: list[str] = []
        self._whole_problem: str | None = None
        self._archive: zipfile.ZipFile | None = None
        self._members: list[zipfile.ZipInfo] = []
        self.is_document = False
        self.taken_bytes = 0
        self._rest = b""
        try:
            self._archive = zipfile.ZipFile(file)
        except (*DAMAGES, NotImplementedError):
            self._whole_problem = "is a zip archive that is damaged or not complete"
        else:
            self._choose(self._archive, size)
        self._blocks = self._all_blocks()

    @property
    def problem(self) -> str | None:
        """What was not read, in one line, or None."""
        if self._whole_problem is not None or not self._problems:
            return self._whole_problem
        named = "; ".join(self._problems[:NAMED_MEMBERS])
        more = len(self._problems) - NAMED_MEMBERS
        return f"{named}; and {more} more" if more > 0 else named

    def read(self, size: int) -> bytes:
        """Return at most so many bytes, none at the end."""
        while not self._rest:
            block = next(self._blocks, None)
            if block is None:
                return b""
            self._rest = block
        taken, self._rest = self._rest[:size], self._rest[size:]
        return taken

    def _choose(self, archive: zipfile.ZipFile, size: int) -> None:
        every = archive.infolist()
        names = {one.filename for one in every}
        members = [one for one in every if not one.is_dir() and one.file_size and not is_litter(one.filename)]
        self.is_document = is_document(names) or (
            bool(members) and all(one.filename.lower().endswith(_WORKBOOKS) for one in members)
        )
        if not members:
            self._whole_problem = "is a zip archive without any file"
        elif len(members) > MOST_MEMBERS:
            self._whole_problem = f"is a zip archive of more than {MOST_MEMBERS} files"
        elif is_too_dense(sum(one.file_size for one in members), size):
            self._whole_problem = f"is a zip archive that unpacks to more than {MOST_RATIO} times its size"
        else:
            self._members = sorted(members, key=lambda one: (one.filename, one.header_offset))

    def _all_blocks(self) -> Iterator[bytes]:
        last = b""
        for member in self._members:
            is_begun = False
            try:
                for block in self._member(member, is_first=not last):
                    if last and not is_begun and last[-1:] not in b"\r\n":
                        yield b"\n"
                    is_begun, last = True, block
                    yield block
            except (*DAMAGES, NotImplementedError, RuntimeError, OSError) as error:
                if isinstance(error, OSError) and error.errno is not None:
                    raise
                self._note(member, "is packed in a way that is not read" if _is_unknown(error) else "is damaged")
            self.taken_bytes += member.compress_size

    def _member(self, member: zipfile.ZipInfo, *, is_first: bool) -> Iterator[bytes]:
        """Yield the text of a member; one that is none, or locked, is noted and has no text."""
        if member.flag_bits & 1:
            self._note(member, "is locked by a password")
        elif is_too_dense(member.file_size, member.compress_size):
            self._note(member, f"unpacks to more than {MOST_RATIO} times its size")
        elif self._archive is not None:
            with self._archive.open(member) as packed:
                head = packed.read(_HEAD_BYTES)
                reason = _no_text(head)
                if reason is not None:
                    self._note(member, reason)
                elif len(self._members) == 1:
                    yield head
                    while block := packed.read(_BLOCK_BYTES):
                        yield block
                else:
                    yield from _joinable(head, iter(lambda: packed.read(_BLOCK_BYTES), b""), is_first=is_first)

    def _note(self, member: zipfile.ZipInfo, reason: str) -> None:
        self._problems.append(f"its member {path_text(_shown_name(member))!r} {reason}")


def _joinable(head: bytes, rest: Iterator[bytes], *, is_first: bool) -> Iterator[bytes]:
    """Yield a member as it stands among others: UTF-16 as UTF-8, and behind the first without its mark."""
    wide = next((name for mark, name in MARKS if name != "utf-8" and head.startswith(mark)), None)
    wide = wide or wide_encoding(head)
    if wide is not None:
        decoder = codecs.getincrementaldecoder(wide)("replace")
        first = decoder.decode(head).removeprefix("\ufeff")
        texts = chain([first], map(decoder.decode, rest), (decoder.decode(b"", final=True) for _ in range(1)))
        yield from (text.encode("utf-8", "replace") for text in texts if text)
        return
    if not is_first:
        head = head.removeprefix(codecs.BOM_UTF8).removeprefix(_GB18030_MARK)
    if head:
        yield head
    yield from rest


def _no_text(head: bytes) -> str | None:
    """Return why a member that begins so is not read, or None: it is text."""
    if head.startswith(_PACKED):
        return "is an archive itself"
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or wide_encoding(head) is not None:
        return None
    controls = len(head) - len(head.translate(None, _CONTROLS))
    return "is no text" if head.startswith(_BINARY) or controls > _BINARY_SHARE * len(head) else None


def is_document(names: Collection[str]) -> bool:
    """Return whether an archive with members of these names is a workbook or another document itself."""
    return "[Content_Types].xml" in names or "mimetype" in names


def is_too_dense(unpacked: int, packed: int) -> bool:
    """Return whether so many packed bytes unpack to far more than a log or a workbook does."""
    return unpacked > max(ANY_RATIO_BYTES, MOST_RATIO * packed)


def _is_unknown(error: Exception) -> bool:
    return isinstance(error, NotImplementedError)


def is_litter(name: str) -> bool:
    """Return whether a member is what file managers leave in archives."""
    base = name.rsplit("/", 1)[-1].lower()
    return name.startswith("__MACOSX/") or base.startswith("._") or base in _LITTER


def _shown_name(member: zipfile.ZipInfo) -> str:
    """Return the name of a member; Chinese Windows writes it in GBK without saying so."""
    if member.flag_bits & 0x800:
        return member.filename
    try:
        return member.filename.encode("cp437").decode("gb18030")
    except UnicodeError:
        return member.filename
