"""Connections to receivers: made within a deadline, verified, and closed so that the receiver keeps what it got."""

from __future__ import annotations

import contextlib
import errno
import socket
import ssl
from collections.abc import Iterator
from typing import Final

from detector.deployment.exports import Export
from detector.export.transport import Address, Deadline, Rejected, Unreachable

CONNECT_SECONDS: Final = 10.0
CHUNK: Final = 65536


@contextlib.contextmanager
def delivery_errors(address: Address) -> Iterator[None]:
    """Turn the network's errors into one readable line that names the receiver."""
    place = f"{address.scheme}://{address.host}:{address.port}"
    try:
        yield
    except ssl.SSLCertVerificationError as error:
        raise Rejected(f"{place}: the receiver's certificate is not accepted: {error.verify_message}") from error
    except ssl.SSLError as error:
        raise Unreachable(f"{place}: TLS failed: {error.reason or error}") from error
    except TimeoutError as error:
        raise Unreachable(f"{place}: no answer in time") from error
    except socket.gaierror as error:
        raise Unreachable(f"{place}: the name is not known: {error.strerror}") from error
    except OSError as error:
        raise Unreachable(f"{place}: {error.strerror or error}") from error


def connect(address: Address, deadline: Deadline) -> socket.socket:
    """Return a connected TCP socket."""
    return socket.create_connection((address.host, address.port), timeout=min(CONNECT_SECONDS, deadline.left()))


def tls_context(export: Export) -> ssl.SSLContext:
    """Return the context for TLS: the server is always verified, by ``ca_file`` or the system's authorities.

    Raises Rejected where a file cannot be used.
    """
    try:
        context = ssl.create_default_context(cafile=None if export.ca_file is None else str(export.ca_file))
    except (OSError, ssl.SSLError) as error:
        raise Rejected(f"ca_file {export.ca_file} cannot be used: {_cause(error)}") from error
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if export.client_certificate is not None:
        try:
            context.load_cert_chain(export.client_certificate, export.client_key)
        except (OSError, ssl.SSLError) as error:
            raise Rejected(f"client_certificate {export.client_certificate} cannot be used: {_cause(error)}") from error
    return context


def send_all(connection: socket.socket, content: bytes, deadline: Deadline) -> None:
    """Send everything; the deadline holds for all of it, however slowly the receiver reads."""
    view = memoryview(content)
    while view:
        connection.settimeout(deadline.left())
        view = view[connection.send(view[:CHUNK]) :]


def finish(connection: socket.socket, deadline: Deadline) -> None:
    """End our side and wait until the receiver has ended its own.

    A receiver closes once it has read everything; one that is killed before that resets the connection or closes before
    us, which raises OSError. This is as near to an acknowledgement as syslog over TCP comes (RFC 6587 and RFC 5425 know
    none).
    """
    if closed(connection):
        raise ConnectionResetError(errno.ECONNRESET, "the receiver closed the connection too early")
    connection.settimeout(deadline.left())
    if isinstance(connection, ssl.SSLSocket):
        with contextlib.suppress(ssl.SSLEOFError, ssl.SSLZeroReturnError):
            # rsyslog answers our close_notify with a plain end of the connection: that is as good.
            connection = connection.unwrap()
    with contextlib.suppress(OSError):
        # A receiver that was quicker has closed already: then there is no side left to end.
        connection.shutdown(socket.SHUT_WR)
    while True:
        connection.settimeout(deadline.left())
        if not connection.recv(CHUNK):
            return


def closed(connection: socket.socket) -> bool:
    """Tell, without waiting, whether the receiver has ended the connection; what it may have said is left out."""
    connection.settimeout(0)
    try:
        while connection.recv(CHUNK):
            pass
    except (BlockingIOError, ssl.SSLWantReadError):
        return False
    return True


def _cause(error: OSError | ssl.SSLError) -> str:
    return str(error.strerror or error)
