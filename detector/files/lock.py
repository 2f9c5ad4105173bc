"""Locks on files: held by the kernel for an open file, and given back when its process ends, however it ends."""

from __future__ import annotations

import fcntl
import os
import time
from pathlib import Path
from typing import Final

from detector.errors import StoreBusy, StoreError

POLL_SECONDS: Final = 0.01


def flock(descriptor: int, *, shared: bool = False, seconds: float | None = 0.0) -> bool:
    """Lock an open file; return False where another process has kept it locked for ``seconds`` (None: wait for it).

    A ``shared`` lock keeps out the other kind only. Raises OSError where the file system has no locks.
    """
    kind = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
    if seconds is None:
        fcntl.flock(descriptor, kind)
        return True
    until = time.monotonic() + seconds
    while True:
        try:
            fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= until:
                return False
            time.sleep(POLL_SECONDS)
        else:
            return True


class FileLock:
    """An exclusive lock for as long as this process lives; the locked file holds the holder's process id.

    ``work`` says what the lock is for, in the error that a second process gets.
    """

    def __init__(self, path: Path, work: str = "run") -> None:
        self.path = path
        self.work = work
        self._descriptor: int | None = None

    def acquire(self) -> None:
        """Take the lock at once or raise StoreBusy naming the process that has it."""
        try:
            descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise StoreError(f"cannot write {self.path}: {error.strerror}") from error
        try:
            taken = flock(descriptor)
        except OSError as error:
            os.close(descriptor)
            raise StoreError(f"cannot lock {self.path}: {error.strerror}") from error
        if not taken:
            holder = _holder(descriptor) or "unknown"
            os.close(descriptor)
            raise StoreBusy(f"another {self.work} is at work on {self.path.parent}: process {holder}")
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        self._descriptor = descriptor

    def release(self) -> None:
        """Give the lock back; the file stays, since removing it would let two processes lock two files."""
        if self._descriptor is not None:
            os.ftruncate(self._descriptor, 0)
            os.close(self._descriptor)
            self._descriptor = None


def lock_holder(path: Path) -> int | None:
    """Return the process id of a run that is at work now; 0 where it is not known, None where there is none."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        free = flock(descriptor, shared=True)
    except OSError:
        free = False
    try:
        if free:
            return None
        holder = _holder(descriptor)
        return int(holder) if holder.isdigit() else 0
    finally:
        os.close(descriptor)


def _holder(descriptor: int) -> str:
    return os.pread(descriptor, 32, 0).decode("ascii", "replace").strip()
