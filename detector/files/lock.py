"""The lock that keeps a second night out: a file beside the store, held by the kernel, naming the holder."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from detector.errors import StoreBusy, StoreError


class NightLock:
    """An exclusive lock on a file for as long as this process lives; the file holds the holder's process id.

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
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.read(descriptor, 32).decode("ascii", "replace").strip() or "unknown"
            os.close(descriptor)
            raise StoreBusy(f"another {self.work} is at work on {self.path.parent}: process {holder}") from None
        except OSError as error:
            os.close(descriptor)
            raise StoreError(f"cannot lock {self.path}: {error.strerror}") from error
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
    """Return the process id of a run that is at work now, or None."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        holder = os.read(descriptor, 32).decode("ascii", "replace").strip()
        return int(holder) if holder.isdigit() else 0
    finally:
        os.close(descriptor)
    return None
