"""A store that was restored from a backup beside a newer trail: nights judged anew, decisions found again or listed."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from detector.deployment.settings import load_settings
from detector.store import open_store
from detector.trail import Decision, Entry, Trail, officer_of
from detector.trail.decisions import KIND, place_of
from tests.review.conftest import NOW, night, put

Call = Callable[..., tuple[int, str, str]]
Found = Callable[..., dict[str, dict[str, Any]]]


def restored(site: Path) -> list[Entry]:
    return [entry for entry in Trail.of(load_settings(site)).entries() if entry.kind == "restored"]


def back_up(site: Path, to: Path) -> Path:
    """Copy everything but the trail."""
    return shutil.copytree(site / "state", to, ignore=shutil.ignore_patterns("trail.*"))


def restore(site: Path, backup: Path) -> None:
    for path in (site / "state").iterdir():
        if not path.name.startswith("trail."):
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    shutil.copytree(backup, site / "state", dirs_exist_ok=True)


@pytest.mark.heavy
def test_a_restore_is_noted_once_and_every_decision_holds(site: Path, call: Call, found: Found, tmp_path: Path) -> None:
    backup = back_up(site, tmp_path / "backup")
    put(site, 4, 5, decoys={4: [("n1", "D4")]})
    assert not night(site).warnings
    before_decisions = found()
    call("triage", before_decisions["n1"]["finding_id"], "-d", "false_alarm")
    call("triage", before_decisions["n2"]["finding_id"], "-d", "confirmed", "-n", "x")
    put(site, 6, decoys={})
    night(site)
    expected = found()
    restore(site, backup)
    assert found()["n2"]["status"] == "confirmed", "readers see the trail's decisions at once"
    assert "older than its trail" in night(site).warnings[0]
    assert found() == expected
    (entry,) = restored(site)
    assert (entry.details["through"], entry.details["nights_through"]) == ("2026-06-02", "2026-06-05")
    assert not night(site).warnings
    assert len(restored(site)) == 1
    assert call("verify")[0] == 0


@pytest.mark.heavy
def test_a_decision_that_an_earlier_version_lost_comes_back(site: Path, call: Call, found: Found) -> None:
    """It marked the trail as known up to its end, whatever was appended while a run was at work."""
    call("triage", found()["n1"]["finding_id"], "-d", "confirmed", "-n", "x")
    night(site)
    with open_store(load_settings(site)) as store:
        store.connection.execute("delete from decisions")
        store.connection.execute("update findings set status = 'open'")
        store.publish()
    assert found()["n1"]["status"] == "open"
    night(site)
    assert found()["n1"]["status"] == "confirmed"


@pytest.mark.heavy
def test_a_store_that_is_built_anew_is_one_that_was_restored(site: Path, call: Call, found: Found) -> None:
    call("triage", found()["n1"]["finding_id"], "-d", "false_alarm")
    expected = found()
    for path in (site / "state").iterdir():
        if not path.name.startswith("trail."):
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    night(site)
    assert found() == expected
    assert restored(site)[0].details["through"] is None


def test_a_run_that_was_killed_after_its_entry_is_no_restore(site: Path, tmp_path: Path) -> None:
    put(site, 4, decoys={})
    night(site)
    backup = back_up(site, tmp_path / "backup")
    night(site)
    restore(site, backup)
    assert not night(site).warnings
    assert not restored(site)


def decide(site: Path, finding: dict[str, Any], named: str, disposition: str, *, place: bool = True) -> None:
    """Decide about a finding that the store names otherwise; an entry of an earlier version tells no ``place``."""
    settings = load_settings(site)
    officer = officer_of(settings, "Liu Fang")
    decision = Decision(0, "", "", officer.name, officer.account, named, disposition, "x")
    details = replace(decision, state=place_of(finding) if place else {}).details() | {"through": "2026-06-02"}
    Trail.of(settings).append(officer, KIND, [details], NOW)


@pytest.mark.parametrize("run", [False, True])
def test_a_decision_without_its_finding_holds_for_the_subject_s_finding_of_that_time(
    site: Path, call: Call, found: Found, run: bool
) -> None:
    one, other = found()["n1"], found()["n2"]
    decide(site, one, "Fgone0000001", "escalated")
    call("triage", other["finding_id"], "-d", "false_alarm")
    decide(site, other, "Fgone0000002", "confirmed")
    decide(site, found()["n3"], "Fgone0000003", "confirmed", place=False)
    decide(site, one | {"window_start": "2026-05-01", "window_end": "2026-05-03"}, "Fgone0000004", "confirmed")
    decide(site, one | {"user_id": "n9"}, "Fgone0000005", "confirmed")
    if run:
        night(site)
    statuses = {user: found()[user]["status"] for user in ("n1", "n2", "n3")}
    assert statuses == {"n1": "escalated", "n2": "false_alarm", "n3": "open"}
    assert "Liu Fang" in call("show", one["finding_id"])[1]
    _, out, _ = call("status", "--format", "ndjson")
    listed = json.loads(out)["decisions_without_finding"]
    assert [row["finding_id"] for row in listed] == [f"Fgone000000{number}" for number in (2, 3, 4, 5)]
    assert "Fgone0000003  confirmed, Liu Fang" in call("status")[1]
    code, _, err = call("triage", one["finding_id"], "--undo", "-n", "x")
    assert (code, found()["n1"]["status"]) == (0, "open"), err


@pytest.mark.heavy
def test_a_store_that_is_newer_than_its_trail_keeps_its_decisions(
    site: Path, call: Call, found: Found, tmp_path: Path
) -> None:
    trail = tmp_path / "trail"
    trail.mkdir()
    for name in ("trail.jsonl", "trail.head"):
        shutil.copy(site / "state" / name, trail)
    call("triage", found()["n1"]["finding_id"], "-d", "confirmed", "-n", "x")
    call("findings")
    night(site)
    for name in ("trail.jsonl", "trail.head"):
        shutil.copy(trail / name, site / "state")
    assert night(site).attention
    assert found()["n1"]["status"] == "confirmed"
    assert call("verify")[0] != 0
    call("triage", found()["n1"]["finding_id"], "-d", "false_alarm")
    assert found()["n1"]["status"] == "false_alarm"
    night(site)
    assert found()["n1"]["status"] == "false_alarm"
    call("triage", found()["n1"]["finding_id"], "--undo", "-n", "x")
    assert found()["n1"]["status"] == "confirmed"
