"""Syslog over UDP (RFC 5426): best effort, since nobody can know what arrived."""

from __future__ import annotations

import socket
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from detector.deployment.exports import Export
from detector.export.sockets import delivery_errors
from detector.export.syslog import DATAGRAM_LIMIT, DATAGRAM_MOST, Syslog, host_name, limits
from detector.export.transport import Address, Deadline, Transport

PAUSE: Final = 0.002
"""Seconds between datagrams: a burst overruns the receiver's buffer, and nobody would know."""


@dataclass(frozen=True, slots=True)
class Datagrams(Syslog):
    """One datagram a message."""

    def send(self, batch: Sequence[bytes], deadline: Deadline) -> Mapping[int, str]:
        """Send the messages; an error that the machine itself knows of is reported, a loss on the way is not."""
        with delivery_errors(self.address):
            kind, _, _, _, place = socket.getaddrinfo(self.address.host, self.address.port, type=socket.SOCK_DGRAM)[0]
            with socket.socket(kind, socket.SOCK_DGRAM) as sender:
                sender.connect(place)
                for message in batch:
                    sender.settimeout(deadline.left())
                    sender.send(message)
                    time.sleep(PAUSE)
        return {}


def _open(export: Export, address: Address) -> Datagrams:
    return Datagrams(address, host_name(export), *limits(export, DATAGRAM_LIMIT, DATAGRAM_MOST))


TRANSPORT = Transport("udp", _open, default_port=514, certain=False)
