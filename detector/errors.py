"""The one tree of errors: each is one readable line and carries the exit code of the command line.

Whoever raises names the place (file, line, key, row, process); whoever catches (``detector.cli.shell``) prints the line
and exits with ``exit_code``. A traceback is shown only with ``--debug``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from pathlib import Path


class DetectorError(Exception):
    """Anything that a user can read and mend. The message is one line without a full stop."""

    exit_code: ClassVar[int] = 2

    def __init__(self, message: str) -> None:
        super().__init__(" ".join(message.split()))


class UsageError(DetectorError):
    """A command was asked for something that does not exist or makes no sense."""


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


class DeliveryFailed(DetectorError):
    """A receiver did not take everything; what it did not take stays in the outbox."""

    exit_code = 5
