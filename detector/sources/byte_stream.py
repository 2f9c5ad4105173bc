"""A file as a stream of uncompressed bytes, read once, in order, with bounded memory."""

from __future__ import annotations

import zlib
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Final, Self

from detector.files.regular_file import open_regular
from detector.sources.zip_text import ZIP_MAGICS, ZipText

GZIP_MAGIC: Final = b"\x1f\x8b\x08"
SHORTER: Final = "became shorter while it was read; the next run reads it again"
BLOCK_BYTES: Final = 4 << 20


class ByteStream:
    """The bytes of a file; one packed by gzip or zip, told by its first bytes and not by its name, is unpacked.

    `problem` says why the stream ended before the file did: a gzip stream that is cut off or damaged, a file that
    became shorter meanwhile; or what of a zip archive could not be read: see `detector.sources.zip_text`. All else is
    good. A file that grows while it is read ends where it ended when it was opened. A workbook, which is a zip archive
    to the eye, stays as it is.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.problem: str | None = None
        self._beside: list[BinaryIO] = []
        self._file: BinaryIO = open_regular(path)
        try:
            self._size = self._left = self._file.seek(0, 2)
            self._file.seek(0)
            head = self._file.read(4)
            self._file.seek(0)
            self._zip = ZipText(self._file, self._size) if head in ZIP_MAGICS else None
        except BaseException:
            self._file.close()
            raise
        if self._zip is not None and self._zip.is_document:
            self._zip = None
            self._file.seek(0)
        if self._zip is not None:
            self.problem = self._zip.problem
        self.is_gzip = head.startswith(GZIP_MAGIC)
        self._inflater = zlib.decompressobj(zlib.MAX_WBITS | 16)
        self._members = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for file in (self._file, *self._beside):
            file.close()

    def beside(self) -> BinaryIO:
        """Return the file as it is on the disk, opened once more for a format that reads here and there."""
        self._beside.append(open_regular(self.path))
        return self._beside[-1]

    @property
    def taken_bytes(self) -> int:
        """How much of the file, as it is on the disk, has been read."""
        return self._size - self._left if self._zip is None else min(self._zip.taken_bytes, self._size)

    def read(self, size: int) -> bytes:
        """Return `size` bytes, fewer only at the end."""
        parts: list[bytes] = []
        wanted = size
        while wanted > 0:
            block = self._unpacked(wanted)
            if not block:
                break
            parts.append(block)
            wanted -= len(block)
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def skip(self, size: int) -> None:
        """Pass over bytes that were read before."""
        if not self.is_gzip and self._zip is None:
            size = min(size, self._left)
            self._file.seek(size, 1)
            self._left -= size
            return
        while size > 0:
            block = self.read(min(size, BLOCK_BYTES))
            if not block:
                return
            size -= len(block)

    def _unpacked(self, size: int) -> bytes:
        if self._zip is None:
            return self._inflated(size) if self.is_gzip else self._raw(size)
        block = self._zip.read(size)
        self.problem = self._zip.problem
        return block

    def _raw(self, size: int) -> bytes:
        wanted = min(size, self._left)
        block = self._file.read(wanted)
        self._left -= len(block)
        if wanted and not block:
            self.problem, self._left = SHORTER, 0
        return block

    def _inflated(self, size: int) -> bytes:
        while self.problem is None:
            packed = self._inflater.unconsumed_tail
            if self._inflater.eof:
                packed = self._inflater.unused_data.lstrip(b"\0") or self._raw(BLOCK_BYTES).lstrip(b"\0")
                if not packed:
                    return b""
                self._members += 1
                self._inflater = zlib.decompressobj(zlib.MAX_WBITS | 16)
            elif not packed:
                packed = self._raw(BLOCK_BYTES)
                if not packed:
                    rest = self._inflater.flush()
                    if not self._inflater.eof:
                        self.problem = "the gzip stream is cut off"
                    return rest
            try:
                block = self._inflater.decompress(packed, size)
            except zlib.error as error:
                after = "text after the gzip stream" if self._members else "the gzip stream is damaged"
                self.problem = f"{after}: {str(error).removeprefix('Error -3 while decompressing data: ')}"
                return b""
            if block:
                return block
        return b""
