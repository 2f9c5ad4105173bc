"""The one tree of errors: each is one readable line and carries the exit code of the command line.

Whoever raises names the place (file, line, key, row, process); whoever catches (``detector.cli.shell``) prints the line
and exits with ``exit_code``. A traceback is shown only with ``--debug``.
"""

from __future__ import annotations

import errno
import re
from typing import TYPE_CHECKING, ClassVar, Final

if TYPE_CHECKING:
    from pathlib import Path


class DetectorError(Exception):
    """Anything that a user can read and mend. The message is one line without a full stop."""

    exit_code: ClassVar[int] = 2

    def __init__(self, message: str) -> None:
        super().__init__(" ".join(message.split()))


class UsageError(DetectorError):
    """A command was asked for something that does not exist or makes no sense."""


class MissingExtraError(UsageError):
    """What was asked for needs an extra of the installation that is not there; the message says how to add it."""

    def __init__(self, asked: str, extra: str, cause: Exception, *, beside: str = "") -> None:
        super().__init__(
            f"{asked} needs the extra {extra}: pip install '.[{extra}]' in the checkout, or without an index from a"
            f" wheelhouse made with --extra {extra} ({cause}){beside}"
        )


class ConfigError(DetectorError):
    """``detector.toml`` or a policy says something wrong; the message begins with file, line and key."""

    def __init__(
        self, message: str, *, file: Path | str | None = None, line: int | None = None, key: str | None = None
    ) -> None:
        place = "" if file is None else f"{file}:{line}: " if line is not None else f"{file}: "
        super().__init__(f"{place}{key}: {message}" if key else f"{place}{message}")
        self.file = file
        self.line = line
        self.key = key


class CheckFailed(DetectorError):
    """``verify`` found something that is not as it was noted."""

    exit_code = 1


class ForeignStore(ConfigError):
    """The store belongs to another deployment; nothing was written to it."""


class InputError(DetectorError):
    """There is nothing to work on: no source has any file, or a given file cannot be read."""

    exit_code = 3


class StoreError(DetectorError):
    """The store cannot be used."""

    exit_code = 4


class StoreBusy(StoreError):
    """Another process holds the store's lock; the message names its process id."""


class StoreDamaged(StoreError):
    """The store's files contradict each other or cannot be read."""


class StoreNewer(StoreError):
    """The store was written by a newer version of the detector."""


class DiskFull(StoreError):
    """The disk is full; what was committed before stays."""


class SystemLimit(StoreError):
    """The system gives the process too little: file handles, file size, memory. Nothing is wrong with the store."""


FULL: Final = re.compile(
    r"no space left|disk (is )?full|out of disk|quota exceeded|exceeded the .*temp_directory|max_temp_directory_size",
    re.IGNORECASE,
)
LIMITS: Final = (
    (
        re.compile(r"too many open files", re.IGNORECASE),
        (errno.EMFILE, errno.ENFILE),
        "too few file handles",
        "raise the limit on open files (ulimit -n, LimitNOFILE=) to 256 or more",
    ),
    (
        re.compile(r"file too large", re.IGNORECASE),
        (errno.EFBIG,),
        "a file may not grow so large",
        "raise the limit on the size of files (ulimit -f, LimitFSIZE=)",
    ),
    (
        re.compile(r"out of memory|cannot allocate memory|allocation failure|bad_alloc", re.IGNORECASE),
        (errno.ENOMEM,),
        "not enough memory",
        "give the process more (ulimit -v, MemoryMax=), or let less run beside it",
    ),
)
"""What the system says, in DuckDB's words or as errno; what is lacking, and what to do."""


def resource_error(error: BaseException, place: Path | str | None = None) -> StoreError | None:
    """Return what a full disk, or a limit of the system, did to the work at ``place``; None for any other error."""
    message, number = str(error), getattr(error, "errno", None)
    at, kept = "" if place is None else f": {place}", "what was committed before is kept"
    if number in {errno.ENOSPC, errno.EDQUOT} or (number is None and FULL.search(message)):
        return DiskFull(f"the disk is full{at}; {kept}")
    for pattern, numbers, cause, remedy in LIMITS:
        if number in numbers or (number is None and pattern.search(message)):
            return SystemLimit(f"{cause}{at}; {remedy}; {kept}")
    if isinstance(error, MemoryError):
        _, _, cause, remedy = LIMITS[-1]
        return SystemLimit(f"{cause}{at}; {remedy}; {kept}")
    return None


class DeliveryFailed(DetectorError):
    """A receiver did not take everything; what it did not take stays in the outbox."""

    exit_code = 5
