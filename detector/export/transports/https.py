"""The HTTP event collector of Splunk (HEC), and of what speaks it (Cribl, Vector, Logstash).

With ``acknowledgement`` a batch counts once the indexers have it (``/services/collector/ack``); without, once the
collector has said 200, which is all that Splunk Cloud offers. Codes and fields: Splunk, "Format events for HTTP Event
Collector" and "Troubleshoot HTTP Event Collector".
"""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import socket
import ssl
import threading
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from detector.deployment.exports import Export
from detector.export.notice import Notice
from detector.export.sockets import CONNECT_SECONDS, delivery_errors, tls_context
from detector.export.transport import Address, Deadline, Rejected, Transport, Unreachable
from detector.texts.json_lines import json_line

EVENTS: Final = "/services/collector/event"
ACKS: Final = "/services/collector/ack"
SOURCE: Final = "access-audit"
BODY_LIMIT: Final = 1_000_000
"""Bytes of one request: what Splunk Cloud takes at most."""
ANSWER_LIMIT: Final = 1_000_000
ACK_SECONDS: Final = 0.5
"""Between two questions for the acknowledgement; they grow to ten times that."""
CONTENT_CODES: Final = {5, 6, 12, 13, 15}
"""Codes of 400 that speak of what a batch holds; the others speak of token, index or channel."""
HINTS: Final = {"10": "; the token wants acknowledgement = true", "14": "; the token knows no acknowledgement"}
TEMPORARY: Final = {408, 425, 429, 500, 502, 503, 504}


@dataclass(frozen=True, slots=True)
class Collector:
    """One collector, a token, and the channel on which acknowledgements are asked for."""

    address: Address
    token: str
    context: ssl.SSLContext
    channel: str
    acknowledgement: bool
    index: str | None
    host: str
    preferred_bytes: int = BODY_LIMIT
    hard_limit_bytes: int = BODY_LIMIT

    def encode(self, notice: Notice, document: Mapping[str, Any] | str, line: str) -> bytes:  # noqa: ARG002
        """Return the collector's envelope around the event."""
        envelope: dict[str, Any] = {
            "time": round(notice.at.timestamp(), 3),
            "host": self.host,
            "source": SOURCE,
            "sourcetype": f"access_audit:{notice.kind}",
            "event": document,
            "fields": {"notice": notice.identity, "change": notice.change},
        }
        if self.index is not None:
            envelope["index"] = self.index
        return json_line(envelope).encode()

    def send(self, batch: Sequence[bytes], deadline: Deadline) -> Mapping[int, str]:
        """Post the events; where the collector refuses some for what they hold, find out which."""
        refused: dict[int, str] = {}
        waiting = by_size([len(event) for event in batch])
        while waiting:
            places = waiting.pop(0)
            problem = self._post([batch[place] for place in places], deadline)
            if problem is None:
                continue
            culprit, reason = problem
            if culprit is not None and culprit < len(places):
                refused[places[culprit]] = reason
                rest = [place for place in places if place != places[culprit]]
                waiting = [rest, *waiting] if rest else waiting
            elif len(places) == 1:
                refused[places[0]] = reason
            else:
                middle = len(places) // 2
                waiting = [places[:middle], places[middle:], *waiting]
        return refused

    def _post(self, events: Sequence[bytes], deadline: Deadline) -> tuple[int | None, str] | None:
        """Send one request; return the place (where the receiver names it) and reason of a refused event, or None."""
        status, answer, wait = self._ask(EVENTS, b"\n".join(events), deadline)
        code = answer.get("code")
        said = f"{self._place} says {status} {answer.get('text') or ''}".rstrip()
        if status == 200 and code == 0:
            if self.acknowledgement:
                self._wait_for(answer.get("ackId"), deadline)
            return None
        if status == 413 or (status == 400 and code in CONTENT_CODES):
            number = answer.get("invalid-event-number")
            return (number if isinstance(number, int) and number >= 0 else None), said
        if status == 200 or status in TEMPORARY:
            raise Unreachable(said, wait)
        raise Rejected(said + HINTS.get(str(code), ""))

    def _wait_for(self, identity: object, deadline: Deadline) -> None:
        """Ask until the indexers have the batch; raise Unreachable where they do not say so in time."""
        if not isinstance(identity, int):
            raise Rejected(f"{self._place} gives no ackId; the token knows no acknowledgement")
        pause = ACK_SECONDS
        question = json.dumps({"acks": [identity]}).encode()
        while True:
            status, answer, wait = self._ask(f"{ACKS}?channel={self.channel}", question, deadline)
            acks = answer.get("acks")
            if status == 200 and isinstance(acks, dict) and acks.get(str(identity)) is True:
                return
            if status != 200 and status not in TEMPORARY:
                raise Rejected(f"{self._place} says {status} {answer.get('text') or ''} to the question for the ack")
            time.sleep(min(wait or pause, deadline.left()))
            pause = min(pause * 1.5, ACK_SECONDS * 10)

    def _ask(self, path: str, body: bytes, deadline: Deadline) -> tuple[int, dict[str, Any], float | None]:
        """Return status, JSON answer and the wait that the receiver asks for, in seconds."""
        headers = {
            "Authorization": f"Splunk {self.token}",
            "Content-Type": "application/json; charset=utf-8",
            "X-Splunk-Request-Channel": self.channel,
            "Connection": "close",
        }
        left = deadline.left()
        connection = http.client.HTTPSConnection(
            self.address.host, self.address.port, timeout=min(CONNECT_SECONDS, left), context=self.context
        )
        with delivery_errors(self.address), contextlib.closing(connection):
            connection.connect()
            with watched(connection.sock, deadline):
                try:
                    connection.request("POST", self.address.path.rstrip("/") + path, body, headers)
                    response = connection.getresponse()
                    content = response.read(ANSWER_LIMIT)
                except http.client.HTTPException as error:
                    raise Unreachable(f"{self._place} gives no proper answer: {type(error).__name__}") from error
        return response.status, _json(content), _seconds(response.getheader("Retry-After"))

    @property
    def _place(self) -> str:
        return f"https://{self.address.host}:{self.address.port}"


@contextlib.contextmanager
def watched(connection: socket.socket, deadline: Deadline) -> Iterator[None]:
    """Break the connection off when the deadline passes: a receiver that drips bytes resets every other time-out."""

    def break_off() -> None:
        with contextlib.suppress(OSError):
            socket.socket.shutdown(connection, socket.SHUT_RDWR)

    left = deadline.left()
    connection.settimeout(left)
    timer = threading.Timer(left, break_off)
    timer.daemon = True
    timer.start()
    try:
        yield
        deadline.left()
    except (OSError, http.client.HTTPException, ValueError) as error:
        if deadline.passed:
            raise TimeoutError from error
        raise
    finally:
        timer.cancel()


def by_size(sizes: Sequence[int]) -> list[list[int]]:
    """Return the places of a batch in groups that a request can hold."""
    groups: list[list[int]] = []
    total = 0
    for place, size in enumerate(sizes):
        if not groups or total + size + 1 > BODY_LIMIT:
            groups.append([])
            total = 0
        groups[-1].append(place)
        total += size + 1
    return groups


def _json(content: bytes) -> dict[str, Any]:
    try:
        answer = json.loads(content)
    except ValueError:
        return {}
    return answer if isinstance(answer, dict) else {}


def _seconds(header: str | None) -> float | None:
    return float(header) if header is not None and header.strip().isdigit() else None


def read_token(export: Export) -> str:
    """Return the token from its file or the environment; raise Rejected where there is none."""
    if export.token_file is not None:
        try:
            token = export.token_file.read_text(encoding="ascii").strip()
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is no plain text"
            raise Rejected(f"token_file {export.token_file} cannot be read: {reason}") from error
        place = f"token_file {export.token_file}"
    else:
        token = os.environ.get(export.token_variable, "").strip()
        place = f"the environment variable {export.token_variable}"
    if not token:
        raise Rejected(f"there is no token in {place}")
    if not all("!" <= character <= "~" for character in token):
        raise Rejected(f"what {place} holds is no token")
    return token


def _open(export: Export, address: Address) -> Collector:
    host = export.host or socket.gethostname()
    channel = str(uuid.uuid5(uuid.NAMESPACE_URL, f"{export.format} {export.to} {host}"))
    return Collector(
        address, read_token(export), tls_context(export), channel, export.acknowledgement, export.index, host
    )


TRANSPORT = Transport("https", _open, default_port=8088)
