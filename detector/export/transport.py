"""How a kind of target is declared, and how it says what became of a batch."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from detector.deployment.exports import Export
from detector.errors import DetectorError
from detector.export.notice import Notice


class Unreachable(DetectorError):
    """The receiver did not take the batch this time: try again. ``wait`` is in seconds, where the receiver named it."""

    exit_code = 5

    def __init__(self, message: str, wait: float | None = None) -> None:
        super().__init__(message)
        self.wait = wait


class Rejected(DetectorError):
    """The receiver will take nothing before somebody mends it: a wrong token, an unknown certificate, no permission."""

    exit_code = 5


class Deadline:
    """A point in time by which work has to end."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    def left(self) -> float:
        """Return the seconds left; raise Unreachable where there are none."""
        left = self._end - time.monotonic()
        if left <= 0:
            raise Unreachable("the receiver is too slow: the time limit has passed")
        return left

    @property
    def passed(self) -> bool:
        """Whether there is no time left."""
        return time.monotonic() >= self._end


@dataclass(frozen=True, slots=True)
class Address:
    """Where a target is: ``path`` for files, host and port for the network."""

    scheme: str
    host: str = ""
    port: int = 0
    path: str = ""


class Sender(Protocol):
    """An open way to one target."""

    @property
    def preferred_bytes(self) -> int:
        """The bytes that one encoded message should not exceed; 0 stands for no limit."""

    @property
    def hard_limit_bytes(self) -> int:
        """The bytes that it cannot exceed, even where nothing more can be left out; 0 stands for no limit."""

    def encode(self, notice: Notice, document: Mapping[str, Any] | str, line: str) -> bytes:
        """Return what goes to the receiver for one notice: ``line`` is its format's line, ``document`` its object."""

    def send(self, batch: Sequence[bytes], deadline: Deadline) -> Mapping[int, str]:
        """Send encoded messages and return once the receiver has taken them, or as much as its kind lets one know.

        Returns the messages that the receiver refuses for what is in them, by place, with its reason; the others count
        as acknowledged. Raises Unreachable or Rejected, and then none does.
        """


@dataclass(frozen=True, slots=True)
class Transport:
    """One kind of target.

    ``certain`` is false where nobody can know what arrived. ``open`` makes the sender; it raises Rejected where a file
    that it needs (token, certificate) cannot be used.
    """

    scheme: str
    open: Callable[[Export, Address], Sender]
    default_port: int | None = None
    certain: bool = True
