"""What every run leaves in the trail: version, configuration, files with hashes, findings; purges; attacks told."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from detector import __version__
from detector.deployment.settings import load_settings
from detector.night.job import run_nights
from detector.progress import Silent
from detector.store import open_published, open_store
from detector.trail import Trail
from tests.review.conftest import NOW, night, put

Call = Callable[..., tuple[int, str, str]]
Found = Callable[..., dict[str, dict[str, Any]]]


def nights(site: Path) -> list[dict[str, Any]]:
    return [dict(one.details) for one in Trail.of(load_settings(site)).entries() if one.kind == "night"]


def test_a_run_is_recorded_with_all_it_rests_on(site: Path, found: Found) -> None:
    (entry,) = nights(site)
    assert entry["version"] == __version__
    assert entry["configuration"] == hashlib.sha256((site / "detector.toml").read_bytes()).hexdigest()
    assert (entry["first_date"], entry["last_date"], entry["dates"]) == ("2026-06-01", "2026-06-02", 2)
    assert [one["path"] for one in entry["files"]] == ["his-01.csv", "his-02.csv", "his-03.csv"]
    for one in entry["files"]:
        assert one["sha256"] == hashlib.sha256((site / one["path"]).read_bytes()).hexdigest()
        assert one["rows_read"] == one["accepted"] + one["duplicates"] + one["quarantined"]
    assert set(entry["raised"]) >= {one["finding_id"] for one in found().values()}
    assert set(entry["alerted"]) <= set(entry["raised"])


def test_the_next_run_tells_only_what_is_new(site: Path, found: Found) -> None:
    put(site, 4, 5, decoys={4: [("n1", "D4")]})
    night(site)
    night(site)
    _, second, third = nights(site)
    assert (second["first_date"], second["dates"], second["raised"]) == ("2026-06-03", 2, [])
    assert second["grown"] == [found()["n1"]["finding_id"]]
    assert [one["path"] for one in second["files"]] == ["his-04.csv", "his-05.csv"]
    assert (third["dates"], third["files"], third["raised"]) == (0, [], [])
    assert third["through"] == "2026-06-04"


def test_a_run_killed_before_its_entry_is_told_by_the_next_one(site: Path) -> None:
    put(site, 4, 5, decoys={})
    settings = load_settings(site)
    from detector.loading.context import load_context
    from detector.loading.events import load_events
    from detector.night.due_dates import due_dates
    from detector.night.job import judge_night
    from detector.policies.catalogue import load_policies

    with open_store(settings) as store:
        load_events(store, settings)
        load_context(store, settings)
        for date in due_dates(store, None).dates:
            judge_night(store, settings, load_policies(settings), date, NOW)
    night(site)
    last = nights(site)[-1]
    assert (last["first_date"], last["last_date"]) == ("2026-06-03", "2026-06-04")
    assert [one["path"] for one in last["files"]] == ["his-04.csv", "his-05.csv"]


def test_the_store_knows_every_entry_and_an_attack_on_an_older_one_stays_found(site: Path, call: Call) -> None:
    call("user", "n1")
    night(site)
    trail = site / "state" / "trail.jsonl"
    lines = trail.read_text(encoding="utf-8").splitlines(keepends=True)
    with open_published(load_settings(site)) as published:
        known = published.connection.execute("select count(*) from trail_entries").fetchall()[0][0]
    assert known == len(lines)
    trail.write_text("".join(lines[:-2]), encoding="utf-8")
    (site / "state" / "trail.head").unlink()
    code, out, err = call("verify")
    assert code == 1
    assert f"entry {len(lines) - 1}-{len(lines)} was removed" in " ".join(out.split())
    assert "checks failed" in err
    summary = night(site)
    assert any("trail" in sentence for sentence in summary.attention)
    assert call("verify")[0] == 1


def test_an_edit_is_named_and_the_anchor_proves_what_is_untouched(site: Path, call: Call) -> None:
    call("user", "n1")
    call("user", "n2")
    anchor = json.loads((site / "state" / "trail.jsonl").read_text(encoding="utf-8").splitlines()[-1])["hash"]
    assert "The head given is entry 5" in " ".join(call("verify", "--head", anchor[:16])[1].split())
    assert call("verify", "--head", "f" * 64)[0] == 1
    assert "16 to 64 hexadecimal digits" in call("verify", "--head", "xyz")[2]
    trail = site / "state" / "trail.jsonl"
    trail.write_text(trail.read_text(encoding="utf-8").replace('"n1"', '"n3"'), encoding="utf-8")
    code, out, _ = call("--lang", "zh", "verify", "--format", "ndjson")
    assert code == 1
    (wrong,) = [one for one in map(json.loads, out.splitlines()) if not one["passed"]]
    assert "entry 4 was changed" in wrong["detail"]
    assert "第 4 条被改动" in call("--lang", "zh", "verify")[1]


@pytest.mark.heavy
def test_purging_is_recorded_and_leaves_findings_as_they_are(site: Path, call: Call, found: Found) -> None:
    before = found()
    put(site, 4, 5, 6, decoys={})
    settings = load_settings(site)
    short = dataclasses.replace(settings, store=dataclasses.replace(settings.store, keep_events_days=1))
    run_nights(short, None, Silent(), now=NOW)
    (entry,) = [one.details for one in Trail.of(settings).entries() if one.kind == "purge"]
    assert (entry["before"], entry["parts"], entry["rows"]) == ("2026-06-04", 3, 39)
    assert found() == before
    assert "2026-06-02 20:00:00,n1,D1" in call("show", before["n1"]["finding_id"], "--events")[1]
    assert call("verify")[0] == 0
    put(site, 2, decoys={2: [("n1", "D1"), ("n1", "D4")]})
    (site / "his-02.csv").rename(site / "his-02-again.csv")
    put(site, 7, decoys={})
    run_nights(short, None, Silent(), now=NOW)
    assert found() == before, "rows of days that were purged do not judge these days anew"
    assert call("verify")[0] == 0
