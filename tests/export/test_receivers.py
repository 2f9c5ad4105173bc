"""Deliveries to real receivers: N sent, N received, byte for byte, whatever is killed in between."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from detector.deployment.exports import Export
from detector.export import delivery
from detector.export.delivery import MessageBuilder
from detector.export.notice import Notice
from detector.export.targets import Target, target
from tests.export.parsers import parse_cef, parse_syslog
from tests.export.receivers import Authority, Process, Rsyslog, SyslogNg, connected, listens, running, wait_until
from tests.export.site import Site, now
from tests.guide.markdown import blocks, guide

COUNT = 60
RECEIVERS = {"rsyslog": Rsyslog, "syslog-ng": SyslogNg}
EACH = [
    pytest.param(name, marks=pytest.mark.needs_program("rsyslogd" if name == "rsyslog" else name)) for name in RECEIVERS
]


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Site:
    site = Site(tmp_path_factory.mktemp("site"))
    site.fill(COUNT)
    return site


@pytest.fixture(params=EACH)
def receiver(request: pytest.FixtureRequest, tmp_path: Path, authority: Authority) -> Iterator[Process]:
    with running(RECEIVERS[request.param](tmp_path / "receiver", authority)) as process:
        yield process


def export(receiver: Process, kind: str, authority: Authority, form: str = "cef", **values: object) -> Export:
    given = {"ca_file": authority.ca_file, "max_message_bytes": 0, "batch": 25} | values
    return Export(to=f"{kind}://127.0.0.1:{receiver.ports[kind]}", format=form, name=kind, **given)  # type: ignore[arg-type]


def expected(site: Site, to: Target) -> list[bytes]:
    """What a target is to get, said anew."""
    from detector.export import outbox
    from detector.store import open_published

    settings = site.settings()
    sender = to.transport.open(to.export, to.address)
    builder = MessageBuilder(settings, to, "zh", sender)
    import polars as pl

    nothing = pl.DataFrame(schema=outbox.ACKNOWLEDGEMENT_SCHEMA)
    with open_published(settings, views=False) as published:
        rows = outbox.pending(
            published.connection, include_below_alert=False, health_from=None, acknowledged=nothing, refused=nothing
        )
        notices: list[Notice] = builder.notices(published.connection, rows)
    return [builder.message(notice) for notice in notices]


@pytest.mark.parametrize("kind", ["udp", "tcp", "tls"])
@pytest.mark.parametrize("form", ["cef", "ecs"])
def test_all_arrive_byte_for_byte(receiver: Process, kind: str, form: str, filled: Site, authority: Authority) -> None:
    to = target(export(receiver, kind, authority, form), health=False)
    outcome = delivery.deliver(filled.settings(), to, now, "zh")
    assert (outcome.sent, outcome.waiting, outcome.error) == (COUNT, 0, None)
    assert outcome.certain is (kind != "udp")
    found = receiver.wait_for(COUNT)
    assert found == expected(filled, to)
    for message in found:
        priority, header, text = parse_syslog(message)
        assert priority == 13 * 8 + 3
        assert header[2] == "access-audit"
        if form == "cef":
            assert parse_cef(text).fields["externalId"].startswith("F")
        else:
            assert json.loads(text)["event"]["kind"] == "alert"


@pytest.mark.needs_program("rsyslogd")
def test_newline_framing(filled: Site, tmp_path: Path, authority: Authority) -> None:
    with running(Rsyslog(tmp_path / "receiver", authority)) as receiver:
        to = target(export(receiver, "tcp", authority, "leef", framing="newline"), health=False)
        assert delivery.deliver(filled.settings(), to, now, "zh").sent == COUNT
        assert receiver.wait_for(COUNT) == expected(filled, to)


@pytest.mark.needs_program("rsyslogd")
def test_the_recipe_of_the_guide_writes_the_messages_alone(filled: Site, tmp_path: Path, authority: Authority) -> None:
    (recipe,) = (block for block in blocks(guide("siem"), "text") if block.startswith("global("))
    known, written, receiver = authority.folder, tmp_path / "out.cef", Rsyslog(tmp_path / "receiver", authority)
    for name, here in (
        ("/etc/ssl/siem-ca.pem", known / "ca.pem"), ("/etc/ssl/siem.pem", known / "server.pem"),
        ("/etc/ssl/siem.key", known / "server.key"), ("/var/log/access-audit.cef", written),
        ('port="6514"', f'port="{receiver.ports["tls"]}"'),
    ):  # fmt: skip
        assert name in recipe
        recipe = recipe.replace(name, str(here))
    configuration = receiver.folder / "recipe.conf"
    configuration.write_text(f'global(workDirectory="{receiver.folder}")\n{recipe}', encoding="utf-8")
    command = [str(shutil.which("rsyslogd")), "-n", "-f", str(configuration), "-i", str(receiver.folder / "pid")]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            wait_until(lambda: listens(receiver.ports["tls"]))
            to = target(export(receiver, "tls", authority), health=False)
            assert delivery.deliver(filled.settings(), to, now, "zh").sent == COUNT
            wait_until(lambda: written.exists() and len(written.read_bytes().splitlines()) == COUNT)
        finally:
            process.kill()
    assert [parse_cef(line).header[3] for line in written.read_text(encoding="utf-8").splitlines()] == [
        "self-lookup"
    ] * COUNT


@pytest.mark.parametrize("name", EACH)
def test_a_client_certificate_is_shown_where_it_is_asked_for(
    name: str, filled: Site, tmp_path: Path, authority: Authority
) -> None:
    with running(RECEIVERS[name](tmp_path / "receiver", authority, mutual=True)) as receiver:
        without = export(receiver, "tls", authority, time_limit=0.3)
        refused = delivery.deliver(filled.settings(), target(without), now, "zh")
        assert (refused.sent, refused.waiting) == (0, COUNT)
        known = authority.folder
        shown = export(
            receiver, "tls", authority, client_certificate=known / "client.pem", client_key=known / "client.key"
        )
        assert delivery.deliver(filled.settings(), target(shown, health=False), now, "zh").sent == COUNT
        assert len(receiver.wait_for(COUNT)) == COUNT


@pytest.mark.needs_program("rsyslogd")
def test_a_receiver_that_cannot_prove_who_it_is_gets_nothing(
    filled: Site, tmp_path: Path, authority: Authority
) -> None:
    stranger = Authority(tmp_path / "stranger")
    with running(Rsyslog(tmp_path / "receiver", stranger)) as receiver:
        started = time.monotonic()
        outcome = delivery.deliver(filled.settings(), target(export(receiver, "tls", authority)), now, "zh")
        assert "certificate is not accepted" in str(outcome.error)
        assert time.monotonic() - started < 30
        assert receiver.received() == []


@pytest.mark.parametrize("kind", ["tcp", "tls"])
def test_a_receiver_killed_with_frames_unread_loses_nothing(
    receiver: Process, kind: str, tmp_path: Path, authority: Authority
) -> None:
    """Stopped, it takes frames into its buffers without reading them; killed, it loses them, and we must know."""
    site = Site(tmp_path / "site")
    site.folder.mkdir()
    ids = site.fill(COUNT)
    asked = export(receiver, kind, authority)
    site.exports = (
        f'[[export]]\nname = "siem"\nformat = "cef"\nto = "{asked.to}"\nbatch = 25\nca_file = "{authority.ca_file}"\n'
    )
    site.settings()
    receiver.send(signal.SIGSTOP)
    sender = subprocess.Popen(site.command("export"), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    wait_until(lambda: connected(receiver.ports[kind]))
    time.sleep(0.3)
    receiver.stop(signal.SIGKILL)
    receiver.start()
    _, errors = sender.communicate(timeout=60)
    assert sender.returncode == 0, errors
    found = [parse_cef(parse_syslog(one)[2]).fields["externalId"] for one in receiver.wait_for(COUNT)]
    assert list(dict.fromkeys(found)) == ids
    assert len(found) <= COUNT + 25


def test_a_sender_killed_while_it_waits_repeats_one_batch(
    receiver: Process, tmp_path: Path, authority: Authority
) -> None:
    site = Site(tmp_path / "site")
    site.folder.mkdir()
    ids = site.fill(COUNT)
    site.exports = (
        f'[[export]]\nname = "siem"\nformat = "cef"\nto = "tcp://127.0.0.1:{receiver.ports["tcp"]}"\nbatch = 25\n'
    )
    site.settings()
    receiver.send(signal.SIGSTOP)
    sender = subprocess.Popen(site.command("export"), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wait_until(lambda: connected(receiver.ports["tcp"]))
    time.sleep(0.3)
    sender.kill()
    sender.wait()
    receiver.send(signal.SIGCONT)
    assert site.detector("export").returncode == 0
    found = [parse_cef(parse_syslog(one)[2]).fields["externalId"] for one in receiver.wait_for(COUNT)]
    assert list(dict.fromkeys(found)) == ids
    assert len(found) <= COUNT + 25
