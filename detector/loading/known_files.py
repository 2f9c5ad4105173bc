"""Files remembered by content: which bytes were loaded already, whatever the file is called today.

A file is recognised by the SHA-256 of a prefix: the bytes of the complete rows that were loaded. A file that begins
with the prefix of an earlier one is that file again (unchanged, grown, renamed, rotated or compressed) as long as the
earlier one is not there under its own name; a copy beside the original is read like any file, and its rows are
duplicates.
"""

from __future__ import annotations

import copy
import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from detector.files.path_text import path_of, path_text
from detector.loading.loaded_file import LoadedFile, loaded_files, mapping_digest
from detector.sources.byte_stream import ByteStream
from detector.sources.encodings import ASCII
from detector.sources.formats import FALLBACK, format_of
from detector.sources.log_format import FilePosition, Hasher

if TYPE_CHECKING:
    import duckdb

    from detector.deployment.log_sources import Source

HEAD_BYTES: Final = 4096
_BLOCK: Final = 4 << 20


@dataclass(slots=True)
class FileReading:
    """A file about to be read, and where reading goes on; from the start where ``resume`` is None.

    ``is_complete``: every byte of it was read. ``reload``: all of it is read again because the configuration says
    something new about rows that were not understood. ``hasher`` has seen the bytes before ``resume``.
    """

    file: LoadedFile
    is_complete: bool = False
    resume: FilePosition | None = None
    hasher: Hasher = field(default_factory=hashlib.sha256)
    reload: bool = False

    @property
    def encoding(self) -> str | None:
        """The encoding that was settled earlier; None where it is still open, or reading starts afresh."""
        settled = self.file.encoding if self.resume is not None else None
        return None if settled == ASCII else settled


class KnownFiles:
    """The files of one source that were loaded earlier."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, source: Source, paths: Sequence[Path]) -> None:
        """Take the ledger's files of ``source``, which has files at ``paths`` now."""
        self._connection = connection
        self._source = source
        self._files = loaded_files(connection, *source.names)
        self._paths = {path_text(path) for path in paths}
        self._claimed: set[int] = set()

    def unchanged(self, path: Path, status: os.stat_result) -> LoadedFile | None:
        """Return the file where it has not changed since it was read to its end, and need not be read again."""
        for file in self._files:
            if file.is_unchanged(path, status):
                if file.must_reload(self._source):
                    return None
                self._claimed.add(file.file_id)
                return file
        return None

    def match(self, path: Path, status: os.stat_result) -> FileReading:
        """Return where to go on reading a file: of those that it may be, the one of which most was read."""
        with ByteStream(path) as stream:
            head = stream.read(HEAD_BYTES)
        best: FileReading | None = None
        for file in self._candidates(path, head):
            reading = continued(file, path)
            if reading is not None and (best is None or reading.file.bytes_read > best.file.bytes_read):
                best = reading
        if best is None:
            return FileReading(self._started(self.file_at(path).file_id, path, status, head))
        self._claimed.add(best.file.file_id)
        if best.file.must_reload(self._source):
            return FileReading(self._started(best.file.file_id, path, status, head), reload=True)
        best.file.place_at(path, status)
        return best

    def afresh(self, file: LoadedFile, path: Path, status: os.stat_result) -> FileReading:
        """Return a file to be read again from its start, since more is known of it now than when it was read."""
        with ByteStream(path) as stream:
            head = stream.read(HEAD_BYTES)
        return FileReading(self._started(file.file_id, path, status, head), reload=True)

    @property
    def files(self) -> Sequence[LoadedFile]:
        """The files as the ledger had them when the run began, and those that could not be read since."""
        return self._files

    def unreadable(self, path: Path, problem: str, reading: FileReading | None = None) -> LoadedFile:
        """Return the file of a reading that failed with its problem, without one the newest at the path; or a new one.

        It is as the store holds it: chunks that were committed count, others do not. It is remembered so.
        """
        stored = loaded_files(self._connection, *self._source.names)
        if reading is None:
            earlier = [file for file in stored if file.path == path_text(path)]
        else:
            earlier = [file for file in stored if file.file_id == reading.file.file_id]
        file = earlier[-1] if earlier else self.file_at(path)
        file.problem = problem
        places = [place for place, one in enumerate(self._files) if one.file_id == file.file_id]
        if places:
            self._files[places[0]] = file
        else:
            self._files.append(file)
        return file

    def settled(self, path: Path, file: LoadedFile) -> list[LoadedFile]:
        """Return what was noted as unreadable at a path where ``file`` can be read now, without its problem."""
        mended = [
            one
            for one in self._files
            if one.path == path_text(path) and one.problem and not one.is_finished and one.file_id != file.file_id
        ]
        for one in mended:
            one.problem = None
        return mended

    def file_at(self, path: Path) -> LoadedFile:
        """Return a file of which nothing was read; it takes the number of one at this path that brought no row."""
        newest = self._connection.execute("select coalesce(max(file_id), 0) from files").fetchall()[0][0]
        empty = (file.file_id for file in self._files if file.path == path_text(path) and not file.counts.read)
        return LoadedFile(
            file_id=next(empty, int(newest) + 1),
            source=self._source.name,
            path=path_text(path),
            format=self._source.format or FALLBACK,
            mapping_digest=mapping_digest(self._source),
        )

    def _started(self, file_id: int, path: Path, status: os.stat_result, head: bytes) -> LoadedFile:
        file = self.file_at(path)
        file.file_id, file.format = file_id, format_of(path, self._source.format).name
        file.head_bytes, file.head_digest = len(head), hashlib.sha256(head).hexdigest()
        file.place_at(path, status)
        return file

    def _candidates(self, path: Path, head: bytes) -> list[LoadedFile]:
        """Return the earlier files that this one may be: same beginning, and not there under another name."""
        return [
            file
            for file in self._files
            if file.file_id not in self._claimed
            and (file.bytes_read or file.tail)
            and file.begins_with(head)
            and not (file.path != path_text(path) and file.path in self._paths and still_there(file))
        ]


def still_there(file: LoadedFile) -> bool:
    """Return whether the file is still at its path and begins as it did."""
    try:
        with ByteStream(path_of(file.path)) as stream:
            return file.begins_with(stream.read(file.head_bytes))
    except OSError:
        return False


def continued(earlier: LoadedFile, path: Path) -> FileReading | None:
    """Return where to go on in the file at ``path``, or None where it does not begin with the earlier one's bytes."""
    hasher = hashlib.sha256()
    with ByteStream(path) as stream:
        if not _hash_bytes(hasher, stream, earlier.bytes_read):
            return None
        if earlier.bytes_read and hasher.hexdigest() != earlier.prefix_digest:
            return None
        tail = stream.read(earlier.tail.length if earlier.tail else 0)
        after = stream.read(2)
    file = copy.copy(earlier)
    has_same_tail = file.tail is None or file.tail.is_content(tail)
    is_complete = has_same_tail and not after and file.is_finished
    if not file.bytes_read:
        return FileReading(file, is_complete=is_complete) if has_same_tail else None
    if has_same_tail and _is_tail_ended(file, tail, after):
        line = tail + (after if after == b"\r\n" else after[:1])
        hasher.update(line)
        end = FilePosition(file.bytes_read + len(line), hasher.hexdigest(), file.counts.read)
        file.complete_tail(end)
        return FileReading(file, resume=end, hasher=hasher)
    resume = FilePosition(file.bytes_read, file.prefix_digest, file.complete_counts.read)
    return FileReading(file, is_complete=is_complete, resume=resume, hasher=hasher)


def begins_as(earlier: LoadedFile, path: Path) -> bool:
    """Return whether the file at ``path`` begins with all the complete rows of an earlier one."""
    hasher = hashlib.sha256()
    with ByteStream(path) as stream:
        return _hash_bytes(hasher, stream, earlier.bytes_read) and hasher.hexdigest() == earlier.prefix_digest


def _hash_bytes(hasher: Hasher, stream: ByteStream, length: int) -> bool:
    """Give so many bytes of the stream to the hasher; return False where it has fewer."""
    left = length
    while left:
        block = stream.read(min(left, _BLOCK))
        if not block:
            return False
        hasher.update(block)
        left -= len(block)
    return True


def _is_tail_ended(file: LoadedFile, tail: bytes, after: bytes) -> bool:
    """Return whether the last line, read provisionally, has got its line end and nothing else.

    A quote that is open there was taken for a character; what follows may close it.
    """
    if file.tail is None or file.tail.counts.read != 1 or file.tail.counts.quarantined or tail.count(b'"') % 2:
        return False
    is_wide = str(file.encoding).startswith("utf-16")
    return not is_wide and after[:1] in {b"\n", b"\r"}
