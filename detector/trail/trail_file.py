"""The trail as a file: appended under a lock, durable before the call returns, never rewritten.

An append is one write. A write that was cut off by a kill or a full disk leaves a line without its end; the next append
ends that line and says so in an entry of its own, since nothing in this file is ever removed (which also lets root make
it append-only: ``chattr +a``). Where the trail does not end where ``trail.head`` says, the next append says that too:
work goes on, and the break stays visible for good.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from detector.deployment.settings import Settings
from detector.errors import DiskFull, StoreBusy, StoreError
from detector.files.lock import flock
from detector.files.permissions import share
from detector.trail.chain import BROKEN, GENESIS, TORN, Entry, Fault, Head, check_chain, digest_of, line_of, read_line
from detector.trail.officers import Officer

FILE_NAME: Final = "trail.jsonl"
HEAD_NAME: Final = "trail.head"
LOCK_SECONDS: Final = 10.0
TAIL_BYTES: Final = 64 * 1024


@dataclass(frozen=True, slots=True)
class Trail:
    """The trail of a deployment; ``group`` may append as well."""

    folder: Path
    group: str | None = None

    @classmethod
    def of(cls, settings: Settings) -> Trail:
        """Return the trail beside the deployment's store."""
        return cls(settings.store.path.parent, settings.store.group)

    @property
    def path(self) -> Path:
        """The file of entries."""
        return self.folder / FILE_NAME

    def append(
        self,
        officer: Officer,
        kind: str,
        details: Sequence[Mapping[str, Any]] | Callable[[], Sequence[Mapping[str, Any]]],
        now: datetime,
        *,
        noted: Head | None = None,
    ) -> list[Entry]:
        """Append one entry of a kind for each of ``details``, all of them or none; return them once they are durable.

        A function is asked for the details once nobody else can append: what it reads of the trail is what they follow.
        ``noted`` is the last entry that the store knows. Raises StoreBusy where another process keeps the lock,
        DiskFull, and StoreError where the trail cannot be written: then whatever was to be recorded must not happen.
        """
        common = {"at": instant(now), "officer": officer.name, "account": officer.account}
        with self._locked() as descriptor:
            wanted = details() if callable(details) else details
            last, torn = _end(descriptor)
            lacking = b"\n" if torn else b""
            whole = read_line(torn)
            if whole is not None and whole[1] and whole[0].previous == last.hash:  # but for its line end
                last, torn = whole[0].head, b""
            head = self.head()
            known = max((one for one in (head, noted) if one is not None), key=lambda one: one.number, default=Head())
            pending: list[dict[str, Any]] = []
            if torn:
                pending.append({"kind": TORN, "bytes": len(torn), "digest": digest_of(torn)})
            if not self._leads_to(descriptor, last, known):
                pending.append(
                    {"kind": BROKEN, "expected": known.number, "expected_hash": known.hash, "found": last.number}
                )
            pending += [{"kind": kind, **one} for one in wanted]
            text, entries = lacking, []
            start = os.lseek(descriptor, 0, os.SEEK_END)
            for one in pending:
                line, digest = line_of(last.number + 1, last.hash, common | one)
                text += line
                last = Head(last.number + 1, digest)
                found = read_line(line[:-1], start + len(text))
                assert found is not None  # noqa: S101 - it was written by line_of
                entries.append(found[0])
            with self._head_file() as pinned:  # first: an entry of which the caller hears that it failed would be kept
                self._write(descriptor, text)
                self._pin(pinned, Head(last.number, last.hash))
        return entries[-len(wanted) :] if wanted else []

    def read(self) -> bytes:
        """Return the content; empty where there is no trail yet. Raises StoreError where it cannot be read."""
        try:
            return self.path.read_bytes()
        except FileNotFoundError:
            return b""
        except OSError as error:
            raise StoreError(f"the trail {self.path} cannot be read: {error.strerror}") from error

    def entries(self, after: Head | None = None, end: int = 0) -> list[Entry]:
        """Return the entries whose own hash fits, in the order of the file; whether the chain holds ``check`` says.

        With ``after`` and the byte ``end`` where that entry's line ends, only what stands behind it is read, as long
        as it still stands there; else everything is.
        """
        content = self.read()
        if after is not None and end:
            line = content[content.rfind(b"\n", 0, end - 1) + 1 : end - 1]
            found = read_line(line)
            if found is not None and found[1] and found[0].head == after and content[end - 1 : end] == b"\n":
                return _entries(content, end)
        return _entries(content, 0)

    def head(self) -> Head | None:
        """Return what ``trail.head`` says; None where it is missing or cannot be understood."""
        try:
            content = json.loads((self.folder / HEAD_NAME).read_text(encoding="utf-8"))
            return Head(int(content["number"]), str(content["hash"]))
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def newest(self) -> Head | None:
        """Return number and hash of the newest entry; None where there is none. Raises StoreError, StoreBusy."""
        try:
            descriptor = os.open(self.path, os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise StoreError(f"the trail {self.path} cannot be read: {error.strerror}") from error
        try:
            self._lock(descriptor, shared=True)
            head, _ = _end(descriptor)
        finally:
            os.close(descriptor)
        return head if head.number else None

    def check(
        self, *, noted: Mapping[int, str] | None = None, known: str | None = None
    ) -> tuple[list[Entry], list[Fault]]:
        """Return all entries and everything that is wrong with them: see :func:`detector.trail.chain.check_chain`."""
        with self._reading():
            content, head = self.read(), self.head()
        entries, faults = check_chain(content, head=head, noted=noted, known=known)
        if entries and head is None:
            faults.append(Fault("head", entries[-1].number, entries[-1].number, entries[-1].at))
        return entries, faults

    def copy_to(self, folder: Path) -> None:
        """Copy file and head, which belong together, to another folder; nothing where there is no trail yet."""
        with self._reading():
            for name in (FILE_NAME, HEAD_NAME):
                if (self.folder / name).exists():
                    shutil.copy2(self.folder / name, folder / name)

    def continue_with(self, other: Trail) -> bool:
        """Append what another trail has beyond this one; False, and nothing, where it is no continuation.

        One that has everything already, and perhaps more, stays as it is.
        """
        with self._locked() as descriptor:
            own, whole = self.read(), other.read()
            if own.startswith(whole):
                return True
            if not whole.startswith(own):
                return False
            head = other.head()
            with self._head_file() as pinned:
                self._write(descriptor, whole[len(own) :])
                if head is not None:
                    self._pin(pinned, head)
        return True

    def prepare(self) -> None:
        """Create the trail where it is missing, and let the group append; for the night, which owns the folder."""
        with self._locked():
            if self.head() is None and not self.path.stat().st_size:
                with self._head_file() as pinned:
                    self._pin(pinned, Head())
        for path in (self.path, self.folder / HEAD_NAME):
            if path.exists():
                share(path, self.group, writable=True)

    @contextlib.contextmanager
    def _locked(self) -> Iterator[int]:
        """Open the trail for appending and hold its lock."""
        try:
            descriptor = os.open(self.path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        except OSError as error:
            raise StoreError(
                f"the trail {self.path} cannot be written ({error.strerror}), and nothing is shown or decided without a"
                " record of it; the owner of the night job can let a group in with [store].group"
            ) from error
        try:
            self._lock(descriptor)
            yield descriptor
        finally:
            os.close(descriptor)

    @contextlib.contextmanager
    def _reading(self) -> Iterator[None]:
        """Keep writers out while content and head are read, so that they belong together."""
        try:
            descriptor = os.open(self.path, os.O_RDONLY | os.O_CLOEXEC)
        except OSError:
            yield
            return
        try:
            self._lock(descriptor, shared=True)
            yield
        finally:
            os.close(descriptor)

    def _lock(self, descriptor: int, *, shared: bool = False) -> None:
        """Wait for the lock, which others hold for milliseconds; raises StoreBusy where one keeps it."""
        if not flock(descriptor, shared=shared, seconds=LOCK_SECONDS):
            raise StoreBusy(f"another process keeps the trail {self.path} locked; try again")

    def _leads_to(self, descriptor: int, last: Head, known: Head) -> bool:
        """Tell whether the trail holds the last known entry, or has said already that it does not.

        One that was appended while it was not noted is fine.
        """
        if last == known or not known.number:
            return True
        size = os.lseek(descriptor, 0, os.SEEK_END)
        content = os.pread(descriptor, size, 0)
        return any(
            entry.head == known or (entry.kind == BROKEN and entry.details.get("expected_hash") == known.hash)
            for entry in _entries(content, 0)
        )

    def _write(self, descriptor: int, text: bytes) -> None:
        try:
            written = os.write(descriptor, text)
            if written == len(text):
                os.fsync(descriptor)
        except OSError as error:
            raise DiskFull(f"the trail {self.path} cannot be written: {error.strerror}") from error
        if written != len(text):
            raise DiskFull(f"the trail {self.path} cannot be written: the disk is full")

    @contextlib.contextmanager
    def _head_file(self) -> Iterator[int]:
        """Open ``trail.head`` for writing."""
        path = self.folder / HEAD_NAME
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        except OSError as error:
            raise StoreError(f"{path} cannot be written: {error.strerror}") from error
        try:
            yield descriptor
        finally:
            os.close(descriptor)

    def _pin(self, descriptor: int, head: Head) -> None:
        """Renew ``trail.head`` in place: a group that may not add files to the folder may still write it."""
        text = json.dumps({"number": head.number, "hash": head.hash}).ljust(100) + "\n"
        try:
            os.pwrite(descriptor, text.encode(), 0)
            os.ftruncate(descriptor, len(text))
            os.fsync(descriptor)
        except OSError as error:
            raise StoreError(f"{self.folder / HEAD_NAME} cannot be written: {error.strerror}") from error


def instant(now: datetime) -> str:
    """Return a point in time as the trail writes it: UTC, ISO 8601, seconds."""
    return now.astimezone(UTC).isoformat(timespec="seconds")


def _end(descriptor: int) -> tuple[Head, bytes]:
    """Return the last whole entry of the file and the rest of an interrupted write behind it."""
    size = os.lseek(descriptor, 0, os.SEEK_END)
    wanted = TAIL_BYTES
    while True:
        tail = os.pread(descriptor, wanted, max(0, size - wanted))
        body, _, torn = tail.rpartition(b"\n")
        lines = body.split(b"\n") if wanted >= size else body.split(b"\n")[1:]
        for line in reversed(lines):
            found = read_line(line)
            if found is not None:
                return found[0].head, torn
        if wanted >= size:
            return Head(0, GENESIS), torn
        wanted *= 8


def _entries(content: bytes, start: int) -> list[Entry]:
    entries = []
    while (end := content.find(b"\n", start)) >= 0:
        found = read_line(content[start:end], end + 1)
        start = end + 1
        if found is not None and found[1]:
            entries.append(replace(found[0], end=start))
    return entries
