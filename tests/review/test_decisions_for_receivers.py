"""A decision reaches a receiver with the next export, once, and before the night has taken it in."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from detector.deployment.settings import load_settings
from detector.trail import Trail
from tests.review.conftest import night, put

Call = Callable[..., tuple[int, str, str]]
Found = Callable[..., dict[str, dict[str, Any]]]


def exporter(site: Path, call: Call) -> Callable[[], list[dict[str, Any]]]:
    """Return what exports to a file and gives the events that came with it, without the nights' health."""
    path = site / "siem.ndjson"
    known = [0]

    def export() -> list[dict[str, Any]]:
        code, _, err = call("export", "--format", "ndjson", "--to", str(path))
        assert code == 0, err
        lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        new, known[0] = lines[known[0] :], len(lines)
        return [event for event in map(json.loads, new) if event["kind"] == "finding"]

    return export


def waiting(call: Call) -> int:
    return sum(one["waiting"] for one in json.loads(call("status", "--format", "ndjson")[1])["outbox"])


def brief(events: list[dict[str, Any]]) -> list[tuple[str, str, str, int]]:
    return [(one["user_id"], one["change"], one["status"], one["revision"]) for one in events]


def test_a_decision_is_sent_at_once_and_not_again_by_the_night(site: Path, call: Call, found: Found) -> None:
    export = exporter(site, call)
    one = found()["n1"]["finding_id"]
    assert sorted(brief(export())) == [(user, "created", "open", 1) for user in ("n1", "n2", "n3")]
    call("triage", one, "-d", "confirmed", "-n", "x")
    assert waiting(call) == 1
    assert brief(export()) == [("n1", "decided", "confirmed", 2)]
    assert (waiting(call), export()) == (0, [])
    put(site, 4, decoys={})
    night(site)
    assert (waiting(call), export()) == (0, [])


@pytest.mark.heavy
def test_every_state_has_a_revision_of_its_own_whether_exported_before_the_night_or_after(
    site: Path, call: Call, found: Found
) -> None:
    export = exporter(site, call)
    one = found()["n1"]["finding_id"]
    export()
    call("triage", one, "-d", "confirmed", "-n", "x")
    assert brief(export()) == [("n1", "decided", "confirmed", 2)]
    call("triage", one, "--undo", "-n", "x")
    assert brief(export()) == [("n1", "updated", "open", 3)]
    call("triage", one, "-d", "escalated", "-n", "x")
    call("triage", one, "-d", "escalated", "-n", "once more")
    assert brief(export()) == [("n1", "decided", "escalated", 5)]
    put(site, 4, 5, decoys={4: [("n1", "D4")]})
    night(site)
    assert brief(export()) == [("n1", "updated", "escalated", 6)]
    call("triage", one, "-d", "false_alarm")
    night(site)
    assert brief(export()) == [("n1", "decided", "false_alarm", 7)]


def test_what_leaves_the_house_carries_the_trail_s_newest_hash(site: Path, call: Call, found: Found) -> None:
    sent = exporter(site, call)()
    entries = Trail.of(load_settings(site)).entries()
    assert {one["trail_head"] for one in sent} == {entries[-1].hash}
    assert entries[-1].kind == "export"
