"""A night of the group from end to end on one machine: each hospital as by itself, and what only the group sees."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from detector.group.group_rows import GROUP_KEYS
from tests.group.conftest import DAYS, OUTSIDE, add_days, write_group
from tests.program import called


def rows(folder: Path, *command: str) -> list[dict[str, Any]]:
    done = called(["--config", str(folder), *command, "--format", "ndjson"])
    assert done.returncode in {0, 1}, done.stderr
    return [json.loads(line) for line in done.stdout.decode().splitlines()]


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture(scope="session")
def judged(unjudged: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    group = tmp_path_factory.mktemp("judged") / "group"
    shutil.copytree(unjudged, group)
    done = called(["--config", str(group), "group", "run", "--json", "--quiet"])
    assert done.returncode == 0, done.stderr
    summary = json.loads(done.stdout)
    assert [(run["hospital"], run["dates"]) for run in summary["runs"]] == [
        ("a", DAYS - 1),
        ("b", DAYS - 1),
        ("c", DAYS - 1),
    ]
    return group


@pytest.mark.heavy
def test_each_hospital_finds_what_it_finds_by_itself(judged: Path, unjudged: Path, tmp_path: Path) -> None:
    shutil.copytree(unjudged, tmp_path / "group")
    for name in "ac":
        alone = tmp_path / "group" / name
        assert called(["--config", str(alone), "run", "--quiet"]).returncode == 0
        assert rows(judged / name, "findings") == rows(alone, "findings")


def test_what_only_the_group_sees_names_its_members(judged: Path) -> None:
    found = rows(judged, "group", "findings")
    assert all(tuple(one) == GROUP_KEYS for one in found)
    (shared,) = [one for one in found if one["subject"] == "group"]
    own = {one["hospital"]: one["finding_id"] for one in found if one["hospital"]}
    assert shared["hospital"] is None
    assert shared["alert"]
    assert shared["members"] == [
        {"hospital": "a", "finding_id": own["a"], "user_id": "a1"},
        {"hospital": "b", "finding_id": own["b"], "user_id": "b1"},
    ]
    assert (shared["detected_on"], shared["window_start"], shared["window_end"]) == ("2026-06-02",) * 3
    assert sum(one["contribution"] for one in shared["reasons"]) == pytest.approx(1)
    assert {one["members"] is None for one in found if one["hospital"]} == {True}


def test_hospitals_record_that_the_group_looked(judged: Path) -> None:
    for name in "abc":
        before = (judged / name / "state/trail.jsonl").read_text()
        rows(judged, "group", "findings")
        (entry,) = (judged / name / "state/trail.jsonl").read_text().removeprefix(before).splitlines()
        assert json.loads(entry)["command"] == "group findings"


def test_no_record_number_and_no_address_leaves_a_hospital(judged: Path) -> None:
    kept = "".join(path.read_text(errors="replace") for path in (judged / "group-state").iterdir())
    assert OUTSIDE not in kept
    assert '"P1"' not in kept
    listed = called(["--config", str(judged), "group", "findings", "--format", "ndjson"]).stdout.decode()
    assert not any(one["patient_id"] for one in map(json.loads, listed.splitlines()))
    assert " P1" not in listed


@pytest.mark.heavy
def test_nightly_runs_and_one_that_catches_up_find_the_same(judged: Path, tmp_path: Path) -> None:
    group = write_group(tmp_path / "group", days=DAYS - 1)
    for first in (DAYS, DAYS - 1):
        for name in "abc":
            add_days(group / name, name, first, DAYS)
        assert called(["--config", str(group), "group", "run", "--quiet"]).returncode == 0
    kept = "group-state/group-findings.json"
    assert (group / kept).read_bytes() == (judged / kept).read_bytes()
    assert rows(group, "group", "findings") == rows(judged, "group", "findings")


@pytest.mark.heavy
def test_a_further_run_changes_nothing_that_the_group_keeps(judged: Path) -> None:
    before = files(judged / "group-state")
    assert called(["--config", str(judged), "group", "run", "--quiet"]).returncode == 0
    assert files(judged / "group-state") == before


def test_once_every_hospital_has_decided_the_finding_is_decided(judged: Path, tmp_path: Path) -> None:
    group = tmp_path / "group"
    shutil.copytree(judged, group)
    decided = []
    for name in "ab":
        (own,) = [one for one in rows(group / name, "findings") if one["user_id"] == f"{name}1"]
        act = ["triage", own["finding_id"], "--disposition", "justified", "--note", "on call from home"]
        assert called(["--config", str(group / name), *act]).returncode == 0
        decided += [one["status"] for one in rows(group, "group", "findings") if one["subject"] == "group"]
    assert decided == ["open", "justified"]
    listed = rows(group, "group", "findings", "--status", "justified")
    assert {one["subject"] for one in listed} == {"account", "group"}


@pytest.mark.heavy
def test_one_hospital_s_mistake_ends_its_night_alone(judged: Path, tmp_path: Path) -> None:
    group = tmp_path / "group"
    shutil.copytree(judged, group)
    for name in "abc":
        add_days(group / name, name, DAYS, DAYS + 1)
    (group / "b/detector.toml").write_text("[site]\ntimezone = 'Mars'\n", encoding="utf-8")
    done = called(["--lang", "en", "--config", str(group), "group", "run", "--json", "--quiet"])
    assert done.returncode == 1
    summary = json.loads(done.stdout)
    assert [run["exit_code"] for run in summary["runs"]] == [0, 2, 0]
    assert "unknown time zone 'Mars'" in summary["runs"][1]["message"]
    assert "unknown time zone 'Mars'" in summary["unread"]["b"]
    assert summary["through"] == "2026-06-02"
    states = rows(group, "group", "status")
    assert [bool(one["attention"]) for one in states] == [False, True, False, False]


def test_status_tells_each_hospital_and_the_group(judged: Path, unjudged: Path) -> None:
    states = rows(judged, "group", "status")
    assert [one["hospital"] for one in states] == ["a", "b", "c", None]
    assert [one["through"] for one in states] == ["2026-06-05"] * 3 + ["2026-06-02"]
    assert [one["open_alerts"] for one in states] == [1, 1, 0, 1]
    assert called(["--config", str(judged), "group", "status"]).returncode == 0
    fresh = rows(unjudged, "group", "status")
    assert ["not_run" in one["attention"] for one in fresh] == [True] * 4


def test_screens_speak_both_languages(judged: Path) -> None:
    english = called(["--config", str(judged), "group", "findings"]).stdout.decode()
    assert "Access from outside" in english or "the group" in english
    chinese = called(["--config", str(judged), "--lang", "zh", "group", "findings"]).stdout.decode()
    assert "集团" in chinese
    assert "院外地址" in chinese


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ('name = "local"\njobs = -1', "engine.jobs: must be a whole number from 0"),
        ('name = "local"\nmaster = "yarn"', 'engine.master: is for name = "spark"'),
        ('name = "ray"', "engine.name: must be one of local, spark, not 'ray'"),
    ],
)
def test_what_is_wrong_in_the_group_s_file_is_one_line(tmp_path: Path, change: str, told: str) -> None:
    group = write_group(tmp_path / "group", change, days=1)
    done = called(["--config", str(group), "group", "run"])
    assert done.returncode == 2
    assert told in done.stderr.decode()
    assert done.stderr.decode().count("\n") == 1


def test_a_deployment_or_key_that_is_missing_is_named(tmp_path: Path) -> None:
    group = write_group(tmp_path / "group", days=1)
    shutil.rmtree(group / "b")
    done = called(["--config", str(group), "group", "run"])
    assert (done.returncode, done.stderr.decode().count("\n")) == (2, 1)
    assert "hospital[2].config: no such deployment" in done.stderr.decode()
    group = write_group(tmp_path / "other", days=1)
    (group / "group.key").write_text("secret", encoding="utf-8")
    done = called(["--config", str(group), "group", "run"])
    assert done.returncode == 2
    assert "group.key" in done.stderr.decode()
    done = called(["--lang", "en", "--config", str(tmp_path / "none"), "group", "run"])
    assert done.returncode == 2
    assert "no such file" in done.stderr.decode()


def test_two_runs_of_a_group_do_not_meet(judged: Path) -> None:
    from detector.files.lock import FileLock

    lock = FileLock(judged / "group-state/group.lock")
    lock.acquire()
    try:
        assert called(["--config", str(judged), "group", "run", "--quiet"]).returncode == 4
    finally:
        lock.release()
