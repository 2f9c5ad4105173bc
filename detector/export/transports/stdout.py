"""The standard output: one line a message. It acknowledges nothing, so each call writes everything anew."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from detector.deployment.exports import Export
from detector.export.notice import Notice
from detector.export.transport import Address, Deadline, Transport


@dataclass(frozen=True, slots=True)
class StandardOutput:
    """Lines on the standard output."""

    preferred_bytes: int

    @property
    def hard_limit_bytes(self) -> int:
        """The same: a limit is there only where somebody set one."""
        return self.preferred_bytes

    def encode(self, notice: Notice, document: Mapping[str, Any] | str, line: str) -> bytes:  # noqa: ARG002
        """Return the line."""
        return line.encode() + b"\n"

    def send(self, batch: Sequence[bytes], deadline: Deadline) -> Mapping[int, str]:  # noqa: ARG002
        """Write the lines; a closed pipe raises BrokenPipeError, as for any command."""
        sys.stdout.buffer.write(b"".join(batch))
        sys.stdout.buffer.flush()
        return {}


def _open(export: Export, address: Address) -> StandardOutput:  # noqa: ARG001
    return StandardOutput(export.max_message_bytes or 0)


TRANSPORT = Transport("-", _open)
