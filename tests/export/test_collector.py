"""The HTTP event collector: accepted, acknowledged, busy, broken, refusing; nothing is lost and nothing hangs."""

from __future__ import annotations

import json
import ssl
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from detector.deployment.exports import Export
from detector.export import delivery
from detector.export.targets import target
from detector.export.transports import https
from tests.export.notices import AT
from tests.export.receivers import TOKEN, Authority, Collector, collecting
from tests.export.site import Site, now


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def collector(authority: Authority) -> Iterator[Collector]:
    with collecting(Collector(authority)) as one:
        yield one


@pytest.fixture
def site(tmp_path: Path) -> Site:
    site = Site(tmp_path)
    site.fill(12)
    return site


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same, with shorter pauses."""
    monkeypatch.setattr(delivery, "PAUSES", (0.01, 0.02, 0.05))
    monkeypatch.setattr(https, "ACK_SECONDS", 0.01)


def asked(site: Site, collector: Collector, **values: Any) -> Export:
    token = site.folder / "token"
    token.write_text(values.pop("token", TOKEN) + "\n", encoding="ascii")
    given = {"ca_file": collector.authority.ca_file, "token_file": token, "batch": 5, "time_limit": 5.0} | values
    return Export(to=collector.url, format=given.pop("format", "ndjson"), name="splunk", **given)


def deliver(site: Site, export: Export, **options: Any) -> delivery.DeliveryOutcome:
    return delivery.deliver(site.settings(), target(export, health=False), now, "zh", **options)


def ids(collector: Collector) -> list[str]:
    return [event["event"]["id"] for event in collector.events]


@pytest.mark.parametrize("form", ["ndjson", "ecs", "ocsf", "cef", "leef"])
def test_events_arrive_in_order_as_they_were(site: Site, collector: Collector, form: str) -> None:
    outcome = deliver(site, asked(site, collector, format=form, index="audit"))
    assert (outcome.sent, outcome.error) == (12, None)
    assert [len(batch) for batch in collector.batches] == [5, 5, 2]
    deliver(site, Export(to=str(site.folder / "same"), format=form, name="same"))
    messages = (site.folder / "same").read_text(encoding="utf-8").splitlines()
    text = form in {"cef", "leef"}
    assert [event["event"] for event in collector.events] == [line if text else json.loads(line) for line in messages]
    first = collector.events[0]
    assert first["time"] == AT.timestamp()
    assert (first["source"], first["sourcetype"], first["index"]) == ("access-audit", "access_audit:finding", "audit")
    assert first["fields"] == {"notice": "F00000000000:1", "change": "created"}


def test_acknowledged_batches_wait_for_the_indexers(site: Site, authority: Authority) -> None:
    with collecting(Collector(authority, acknowledgement=True, ack_after=3)) as collector:
        assert deliver(site, asked(site, collector, acknowledgement=True)).sent == 12
        assert collector.asked >= 4
        assert len(collector.channels) == 1


def test_without_the_acknowledgement_the_batch_is_sent_again(site: Site, authority: Authority) -> None:
    with collecting(Collector(authority, acknowledgement=True, ack_after=10**9)) as collector:
        outcome = deliver(site, asked(site, collector, acknowledgement=True, time_limit=0.4))
        assert (outcome.sent, outcome.waiting) == (0, 12)
        collector.ack_after = 0
        assert deliver(site, asked(site, collector, acknowledgement=True)).sent == 12
        assert list(dict.fromkeys(ids(collector))) == [f"F{number:011d}" for number in range(12)]


@pytest.mark.parametrize("trouble", [[503], [429, 503], ["reset"], ["garbage", 500], [408, "reset"]])
def test_trouble_that_passes_costs_nothing(site: Site, collector: Collector, trouble: list[Any]) -> None:
    collector.trouble = list(trouble)
    assert deliver(site, asked(site, collector)).sent == 12
    assert ids(collector) == [f"F{number:011d}" for number in range(12)]


def test_trouble_that_stays_leaves_the_rest_queued(site: Site, collector: Collector) -> None:
    export = asked(site, collector)
    deliver(site, asked(site, collector))
    site.change("update findings set risk = 88")
    collector.trouble = [503] * 50
    outcome = deliver(site, export)
    assert (outcome.sent, outcome.waiting) == (0, 12)
    assert "503 Server is busy" in str(outcome.error)
    collector.trouble = []
    assert deliver(site, export).sent == 12


@pytest.mark.parametrize("trouble", ["hang", "drip"])
def test_a_slow_collector_is_given_up_in_time(site: Site, collector: Collector, trouble: str) -> None:
    collector.trouble = [trouble] * 5
    started = time.monotonic()
    outcome = deliver(site, asked(site, collector, time_limit=0.8))
    assert time.monotonic() - started < 30
    assert outcome.waiting == 12
    assert outcome.error


@pytest.mark.parametrize("named", [True, False])
def test_events_that_are_refused_become_dead_letters_alone(site: Site, collector: Collector, named: bool) -> None:
    bad = {"F00000000002", "F00000000008"}
    collector.refuse = lambda event: event["event"]["id"] in bad
    collector.name_the_event = named
    outcome = deliver(site, asked(site, collector))
    assert (outcome.sent, outcome.refused, outcome.waiting) == (10, 2, 0)
    (state,) = delivery.states(site.settings())
    assert {one.key for one in state.dead_letters} == bad
    assert "Invalid data format" in state.dead_letters[0].reason
    assert sorted(ids(collector)) == sorted({f"F{number:011d}" for number in range(12)} - bad)
    collector.refuse = lambda _: False
    assert deliver(site, asked(site, collector), retry=True).sent == 2


def test_a_wrong_token_is_told_at_once_and_loses_nothing(site: Site, collector: Collector) -> None:
    started = time.monotonic()
    outcome = deliver(site, asked(site, collector, token="wrong"))
    assert "403 Invalid token" in str(outcome.error)
    assert (outcome.waiting, collector.batches) == (12, [])
    assert time.monotonic() - started < 30
    assert "wrong" not in str(outcome.error)


def test_a_token_that_wants_acknowledgement_says_so(site: Site, authority: Authority) -> None:
    with collecting(Collector(authority)) as collector:
        outcome = deliver(site, asked(site, collector, acknowledgement=True))
        assert "gives no ackId" in str(outcome.error)


@pytest.mark.parametrize(
    ("token", "said"), [(None, "there is no token in the environment variable"), ("a b", "is no token")]
)
def test_a_missing_or_odd_token(
    site: Site, collector: Collector, token: str | None, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DETECTOR_HEC_TOKEN", raising=False)
    if token:
        monkeypatch.setenv("DETECTOR_HEC_TOKEN", token)
    assert said in str(deliver(site, asked(site, collector, token_file=None)).error)


def test_a_token_from_the_environment(site: Site, collector: Collector, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPLUNK", TOKEN)
    assert deliver(site, asked(site, collector, token_file=None, token_variable="SPLUNK")).sent == 12


def test_the_collector_is_verified(site: Site, collector: Collector, tmp_path: Path) -> None:
    stranger = Authority(tmp_path / "stranger")
    outcome = deliver(site, asked(site, collector, ca_file=stranger.ca_file))
    assert "certificate is not accepted" in str(outcome.error)
    assert "certificate is not accepted" in str(deliver(site, asked(site, collector, ca_file=None)).error)
    assert collector.batches == []
    assert https.tls_context(asked(site, collector)).verify_mode is ssl.CERT_REQUIRED


def test_large_batches_are_cut(site: Site, collector: Collector, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(https, "BODY_LIMIT", 6000)
    assert deliver(site, asked(site, collector, batch=100)).sent == 12
    assert len(collector.batches) > 2
    assert ids(collector) == [f"F{number:011d}" for number in range(12)]


def test_killed_and_restarted_in_between(site: Site, authority: Authority) -> None:
    collector = Collector(authority)
    with collecting(collector):
        collector.trouble = [None, "reset", "reset", "reset", "reset"]
        first = deliver(site, asked(site, collector))
        assert (first.sent, first.waiting) == (5, 7)
    assert "refused" in str(deliver(site, asked(site, collector)).error)
    with collecting(collector):
        assert deliver(site, asked(site, collector)).sent == 7
    assert ids(collector) == [f"F{number:011d}" for number in range(12)]


def test_the_test_event_is_marked_and_leaves_no_trace(site: Site, collector: Collector) -> None:
    one = target(asked(site, collector))
    assert delivery.deliver_test(site.settings(), one, now, "en").sent == 1
    (event,) = collector.events
    assert (event["sourcetype"], event["event"]["test"]) == ("access_audit:test", True)
    assert deliver(site, asked(site, collector)).sent == 12
