"""Receivers that misbehave on the stream: reset, close early, read slowly or never; and exact framing."""

from __future__ import annotations

import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from detector.deployment.exports import Export
from detector.export import delivery
from detector.export.sockets import finish
from detector.export.targets import target
from detector.export.transport import Deadline
from tests.export.parsers import parse_cef, parse_counted, parse_syslog
from tests.export.site import Site, now

COUNT = 30


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same, with shorter pauses."""
    monkeypatch.setattr(delivery, "PAUSES", (0.01, 0.02, 0.05))


@pytest.fixture
def site(tmp_path: Path) -> Site:
    site = Site(tmp_path)
    site.fill(COUNT)
    return site


def read_all(connection: socket.socket) -> bytes:
    content = b""
    while piece := connection.recv(65536):
        content += piece
    return content


def reset(connection: socket.socket) -> bytes:
    """Read part of the first frame, then break off as a crash does."""
    connection.recv(700)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    return b""


def slow(connection: socket.socket) -> bytes:
    content = b""
    while piece := connection.recv(4096):
        content += piece
        time.sleep(0.001)
    return content


def never(connection: socket.socket) -> bytes:
    time.sleep(1.5)
    return b""


@contextmanager
def receiving(*behaviours: Callable[[socket.socket], bytes]) -> Iterator[tuple[int, list[bytes]]]:
    """A receiver whose connections behave one after the other; the last one's way is kept."""
    taken: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            number = 0
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                with connection:
                    content = behaviours[min(number, len(behaviours) - 1)](connection)
                number += 1
                if content:
                    taken.append(content)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield server.getsockname()[1], taken
        server.shutdown(socket.SHUT_RDWR)
        thread.join(timeout=5)


def deliver(site: Site, port: int, *, batch: int = 10, time_limit: float = 20.0) -> delivery.DeliveryOutcome:
    export = Export(to=f"tcp://127.0.0.1:{port}", format="cef", name="siem", batch=batch, time_limit=time_limit)
    return delivery.deliver(site.settings(), target(export, health=False), now, "zh")


def ids(taken: list[bytes]) -> list[str]:
    frames = [frame for content in taken for frame in parse_counted(content)]
    return [parse_cef(parse_syslog(frame)[2]).fields["externalId"] for frame in frames]


WANTED = [f"F{number:011d}" for number in range(COUNT)]


@pytest.mark.parametrize(
    "behaviours", [(read_all,), (reset, read_all), (reset, reset, slow), (read_all, reset, read_all)]
)
def test_every_frame_arrives_once_whatever_happens_in_between(
    site: Site, behaviours: tuple[Callable[[socket.socket], bytes], ...]
) -> None:
    with receiving(*behaviours) as (port, taken):
        outcome = deliver(site, port)
        assert (outcome.sent, outcome.waiting, outcome.error) == (COUNT, 0, None)
    assert ids(taken) == WANTED


def test_lengths_are_bytes_not_characters(site: Site) -> None:
    with receiving(read_all) as (port, taken):
        deliver(site, port)
    frames = parse_counted(b"".join(taken))
    assert any(len(frame) != len(frame.decode()) for frame in frames)
    assert b"".join(b"%d %b" % (len(frame), frame) for frame in frames) == b"".join(taken)


def test_an_end_before_ours_is_no_acknowledgement() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.shutdown(socket.SHUT_WR)
        with pytest.raises(ConnectionResetError):
            finish(ours, Deadline(5))


def test_an_end_after_ours_is_one() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ending = threading.Thread(target=lambda: (theirs.recv(10), theirs.shutdown(socket.SHUT_WR)))
        ending.start()
        finish(ours, Deadline(5))
        ending.join()


def test_a_receiver_that_never_reads_costs_its_time_limit_and_nothing_else(site: Site) -> None:
    with receiving(never) as (port, _):
        outcome = deliver(site, port, time_limit=0.5)
    assert (outcome.sent, outcome.waiting) == (0, COUNT)
    assert "time" in str(outcome.error)
    with receiving(read_all) as (port, taken):
        export = Export(to=f"tcp://127.0.0.1:{port}", format="cef", name="siem")
        assert delivery.deliver(site.settings(), target(export, health=False), now, "zh").sent == COUNT
    assert ids(taken) == WANTED
