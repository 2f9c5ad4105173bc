"""A file: one line a message, appended whole and made durable, rotated by size.

A reader never sees part of a line that a later one completes differently: a batch is written at once, and what a kill
in the middle left of a line is removed before the next. The full file is renamed to ``NAME.1``, older ones move up, so
that agents (Filebeat, Wazuh, rsyslog's imfile) that follow the open file miss nothing.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from detector.deployment.exports import Export
from detector.export.notice import Notice
from detector.export.transport import Address, Deadline, Rejected, Transport, Unreachable
from detector.files.atomic import sync_folder
from detector.files.for_people import is_stream
from detector.files.lock import flock
from detector.files.permissions import copy_permissions

TAIL: Final = 65536


@dataclass(frozen=True, slots=True)
class Appended:
    """A file that grows and is rotated; ``keep_files`` older ones stay. A size of 0 never rotates."""

    path: Path
    preferred_bytes: int
    max_file_bytes: int
    keep_files: int

    @property
    def hard_limit_bytes(self) -> int:
        """The same: a limit is there only where somebody set one."""
        return self.preferred_bytes

    def encode(self, notice: Notice, document: Mapping[str, Any] | str, line: str) -> bytes:  # noqa: ARG002
        """Return the line."""
        return line.encode() + b"\n"

    def send(self, batch: Sequence[bytes], deadline: Deadline) -> Mapping[int, str]:  # noqa: ARG002
        """Append the lines; they are on the disk when this returns."""
        content = b"".join(batch)
        try:
            if is_stream(self.path):
                _write(self.path, content)
                return {}
            with self._opened() as descriptor:
                size = truncate_partial_line(descriptor)
                if not (size and self.max_file_bytes and size + len(content) > self.max_file_bytes):
                    append(descriptor, content, size)
                    return {}
                full = os.fstat(descriptor)
                self._rotate()
            with self._opened() as descriptor:
                copy_permissions(full, descriptor)
                append(descriptor, content, truncate_partial_line(descriptor))
            sync_folder(self.path.parent)
        except OSError as error:
            raise Unreachable(f"cannot write {error.filename or self.path}: {error.strerror}") from error
        return {}

    @contextmanager
    def _opened(self) -> Iterator[int]:
        """Open the file, readable by its owner alone when new, locked against a second writer."""
        new = not self.path.exists()
        descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            flock(descriptor, seconds=None)
            yield descriptor
        finally:
            os.close(descriptor)
        if new:
            sync_folder(self.path.parent)

    def _rotate(self) -> None:
        """Move the full file to ``.1`` and the older ones up by one; the oldest goes."""
        for number in range(self.keep_files - 1, 0, -1):
            older = numbered(self.path, number)
            if older.exists():
                older.replace(numbered(self.path, number + 1))
        self.path.replace(numbered(self.path, 1))


def numbered(path: Path, number: int) -> Path:
    """Return the name of an older file."""
    return path.with_name(f"{path.name}.{number}")


def truncate_partial_line(descriptor: int) -> int:
    """Remove an unfinished last line, which only a kill leaves behind; return the file's size."""
    size = os.fstat(descriptor).st_size
    end = size
    while end:
        start = max(0, end - TAIL)
        last = os.pread(descriptor, end - start, start).rfind(b"\n")
        if last >= 0:
            end = start + last + 1
            break
        end = start
    if end < size:
        os.ftruncate(descriptor, end)
    return end


def append(descriptor: int, content: bytes, size: int) -> None:
    """Write at the end and wait for the disk; what does not fit on the disk is taken back."""
    written = 0
    try:
        while written < len(content):
            written += os.pwrite(descriptor, content[written:], size + written)
        os.fsync(descriptor)
    except OSError:
        os.ftruncate(descriptor, size)
        raise


def _write(path: Path, content: bytes) -> None:
    """Write to what is no file: a device, or a pipe that somebody reads."""
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC | os.O_NOCTTY | os.O_NONBLOCK)
    try:
        os.set_blocking(descriptor, True)
        while content:
            content = content[os.write(descriptor, content) :]
    finally:
        os.close(descriptor)


def _open(export: Export, address: Address) -> Appended:
    path = Path(address.path)
    if path.is_dir() or not path.parent.is_dir():
        reason = "it is a folder" if path.is_dir() else f"there is no folder {path.parent}"
        raise Rejected(f"cannot write {path}: {reason}")
    return Appended(path, export.max_message_bytes or 0, export.max_file_bytes, export.keep_files)


TRANSPORT = Transport("file", _open)
