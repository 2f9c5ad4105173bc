"""Which targets there are, checked before anything is sent: format, address, kind."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import SplitResult, urlsplit

from detector.deployment.checked_table import nearest
from detector.deployment.exports import Export
from detector.deployment.settings import Settings
from detector.errors import UsageError
from detector.export.export_format import ExportFormat
from detector.export.formats import formats
from detector.export.transport import Address, Rejected, Transport
from detector.export.transports import transports

STDOUT: Final = "-"
FILE: Final = "file"
CLEAR_TEXT: Final = {"http": "https", "syslog": "tls"}


@dataclass(frozen=True, slots=True)
class Target:
    """One receiver: what was asked for, with its format, its kind and its address.

    ``health`` tells whether it is sent the health of each night: those of ``[[export]]`` are.
    """

    export: Export
    format: ExportFormat
    transport: Transport
    address: Address
    health: bool = True

    @property
    def key(self) -> str:
        """What its acknowledgements are kept under: format and address, not its name, which may change."""
        address = self.address
        if address.path and not address.host:
            return f"{self.format.name} {address.scheme}:{address.path}"
        return f"{self.format.name} {address.scheme}://{address.host.lower()}:{address.port}{address.path}"

    def problem(self) -> str | None:
        """Return what keeps anything from being sent, as far as this machine can tell: a missing token, certificate."""
        try:
            self.transport.open(self.export, self.address)
        except Rejected as error:
            return str(error)
        return None

    @property
    def keeps_acknowledgements(self) -> bool:
        """Whether the target acknowledges at all; the standard output does not."""
        return self.transport.scheme != STDOUT


def configured(settings: Settings) -> list[Target]:
    """Return the targets of ``[[export]]``; raises ConfigError naming file, line and key."""
    targets = []
    for place, export in enumerate(settings.exports):
        for key in ("format", "to"):
            problem = (format_problem if key == "format" else address_problem)(getattr(export, key))
            if problem:
                raise settings.error(problem, "export", place, key)
        targets.append(target(export))
    return targets


def target(export: Export, *, health: bool = True) -> Target:
    """Return a target; raises UsageError."""
    problem = format_problem(export.format) or address_problem(export.to)
    if problem:
        raise UsageError(problem)
    address = parse(export.to)
    return Target(export, formats()[export.format], transports()[address.scheme], address, health)


def format_problem(name: str) -> str | None:
    """Return what is wrong with the name of a format."""
    return None if name in formats() else f"no format {name!r}; {nearest(name, tuple(formats()))}"


def address_problem(to: str) -> str | None:
    """Return what is wrong with an address."""
    try:
        parse(to)
    except ValueError as error:
        return str(error)
    return None


def told(to: str) -> str:
    """Return an address as a message may name it: without what may hold a password or a token."""
    scheme, separator, rest = to.partition("://")
    if not separator:
        return to
    place, *secret = re.split(r"[?#]", rest, maxsplit=1)
    host, slash, path = place.partition("/")
    return f"{scheme}://{host.rpartition('@')[2]}{slash}{path}{'?…' if secret else ''}"


def parse(to: str) -> Address:
    """Return the parts of an address; raises ValueError with a sentence for people."""
    if to == STDOUT:
        return Address(STDOUT)
    if "://" not in to:
        return Address(FILE, path=to)
    parts = urlsplit(to)
    scheme = parts.scheme.lower()
    if scheme in CLEAR_TEXT:
        raise ValueError(f"{scheme}:// is not for findings; use {CLEAR_TEXT[scheme]}://")
    kinds = transports()
    if scheme not in kinds:
        known = ", ".join(f"{one}://" for one, kind in kinds.items() if kind.default_port)
        raise ValueError(f"unknown kind of target {scheme}://; known: a file name, -, {known}")
    if scheme == FILE:
        if parts.netloc or not parts.path:
            raise ValueError(f"write file:///FOLDER/NAME, not {told(to)!r}")
        return Address(FILE, path=parts.path)
    return _network(to, parts, kinds[scheme].default_port or 0)


def _network(to: str, parts: SplitResult, default_port: int) -> Address:
    """Return an address on the network."""
    scheme = parts.scheme.lower()
    if parts.username is not None or parts.password is not None:
        raise ValueError("holds a user or a password; a token belongs into token_file or the environment")
    try:
        port = parts.port or default_port
    except ValueError:
        raise ValueError(f"has no valid port: {told(to)!r}") from None
    if not parts.hostname:
        raise ValueError(f"names no host: {told(to)!r}")
    if parts.query or parts.fragment:
        raise ValueError("holds a query; a token belongs into token_file or the environment")
    if scheme != "https" and parts.path not in {"", "/"}:
        raise ValueError(f"write {scheme}://HOST:PORT, not {told(to)!r}")
    return Address(scheme, parts.hostname, port, parts.path.rstrip("/"))
