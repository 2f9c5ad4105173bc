"""Syslog messages (RFC 5424) and their framing over TCP (RFC 6587).

The message is UTF-8 without a byte order mark: receivers that look for ``CEF:`` or ``LEEF:`` at its start would miss
them behind one, and RFC 5424 allows to leave it out (MSG-ANY). There is no structured data: what identifies a message
stands in it.
"""

from __future__ import annotations

import re
import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from detector.deployment.exports import FRAMINGS, Export
from detector.export.export_format import LEVELS, instant
from detector.export.notice import Notice
from detector.export.transport import Address

FACILITY: Final = 13
"""Log audit."""
APPLICATION: Final = "access-audit"
LIMIT: Final = 8000
"""Bytes of one message: rsyslog and others cut at 8 KiB unless configured otherwise."""
DATAGRAM_LIMIT: Final = 2048
"""Bytes of one datagram that a receiver should take (RFC 5426, section 3.2)."""
DATAGRAM_MOST: Final = 65_507
"""Bytes that one datagram can hold over IPv4."""


@dataclass(frozen=True, slots=True)
class Syslog:
    """What all syslog senders share: the address, the sender's host name, the limit, the framing."""

    address: Address
    host: str
    preferred_bytes: int
    hard_limit_bytes: int
    framing: str = FRAMINGS[0]

    def encode(self, notice: Notice, document: Mapping[str, Any] | str, line: str) -> bytes:  # noqa: ARG002
        """Return the message with its header."""
        priority = FACILITY * 8 + LEVELS[notice.severity].syslog
        identity = notice.kind if notice.kind == notice.change else f"{notice.kind}.{notice.change}"
        header = f"<{priority}>1 {instant(notice, 'at')} {self.host} {APPLICATION} - {identity} - "
        return (header + line).encode()

    def framed(self, batch: Sequence[bytes]) -> bytes:
        """Return the messages as one stream: each after its length in bytes, or each followed by a line feed."""
        if self.framing == FRAMINGS[0]:
            return b"".join(b"%d %b" % (len(message), message) for message in batch)
        return b"".join(message + b"\n" for message in batch)


def host_name(export: Export) -> str:
    """Return the name that a message gives as its host: printable ASCII without spaces, at most 255 characters."""
    return re.sub(r"[^!-~]", "_", export.host or socket.gethostname())[:255] or "-"


def limits(export: Export, default: int, most: int) -> tuple[int, int]:
    """Return the bytes that a message should not and cannot exceed: what the deployment says counts for both."""
    given = export.max_message_bytes
    return (default, most) if given is None else (given, given)
