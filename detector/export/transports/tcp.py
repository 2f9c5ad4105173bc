"""Syslog over TCP (RFC 6587): octet counting, or line feeds where a receiver knows nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from detector.deployment.exports import Export
from detector.export.sockets import connect, delivery_errors, finish, send_all
from detector.export.syslog import LIMIT, Syslog, host_name, limits
from detector.export.transport import Address, Deadline, Transport


@dataclass(frozen=True, slots=True)
class TcpSender(Syslog):
    """One connection a batch, so that its clean end tells that the batch was read."""

    def send(self, batch: Sequence[bytes], deadline: Deadline) -> Mapping[int, str]:
        """Send the messages and wait until the receiver has read them."""
        with delivery_errors(self.address), connect(self.address, deadline) as connection:
            send_all(connection, self.framed(batch), deadline)
            finish(connection, deadline)
        return {}


def _open(export: Export, address: Address) -> TcpSender:
    return TcpSender(address, host_name(export), *limits(export, LIMIT, LIMIT), export.framing)


TRANSPORT = Transport("tcp", _open, default_port=514)
