"""Syslog over TLS (RFC 5425): the receiver is verified, we are too where it asks for a certificate."""

from __future__ import annotations

import ssl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from detector.deployment.exports import FRAMINGS, Export
from detector.export.sockets import connect, delivery_errors, finish, send_all, tls_context
from detector.export.syslog import LIMIT, Syslog, host_name, limits
from detector.export.transport import Address, Deadline, Transport


@dataclass(frozen=True, slots=True)
class SecureStream(Syslog):
    """One connection a batch, with a clean end on both layers."""

    framing: str = FRAMINGS[0]
    context: ssl.SSLContext | None = None

    def send(self, batch: Sequence[bytes], deadline: Deadline) -> Mapping[int, str]:
        """Send the messages and wait until the receiver has read them."""
        context = self.context or ssl.create_default_context()
        with delivery_errors(self.address), connect(self.address, deadline) as plain:
            plain.settimeout(deadline.left())
            with context.wrap_socket(plain, server_hostname=self.address.host) as connection:
                send_all(connection, self.framed(batch), deadline)
                finish(connection, deadline)
        return {}


def _open(export: Export, address: Address) -> SecureStream:
    context = tls_context(export)
    # In TLS 1.3 a receiver refuses our certificate, or the lack of one, only after we have begun to send, and syslog
    # has no answer that would tell; with 1.2, which every receiver must know (RFC 9662), the handshake fails instead.
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    return SecureStream(address, host_name(export), *limits(export, LIMIT, LIMIT), context=context)


TRANSPORT = Transport("tls", _open, default_port=6514)
