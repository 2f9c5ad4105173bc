"""What officers do while a run is at work: kept, as if it had been done before or after one of the run's nights."""

from __future__ import annotations

import datetime as dt
import json
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import chdir
from pathlib import Path
from typing import Any

import pytest

from detector.deployment.settings import load_settings
from detector.findings.reading import read_findings
from detector.night.job import run_nights
from detector.progress import Silent
from detector.store import open_published
from detector.trail import Trail
from tests.review.conftest import FIRST, NOW, put

Call = Callable[..., tuple[int, str, str]]
DAYS = (3, 4, 5)
"""The days that a run judges; the copies of the site have two judged days."""
Act = Sequence[str]


class Killed(Exception):
    """The run ends here, as a kill would end it."""


class Acting:
    """A listener that does what officers do when a run has come so far; ``kill`` ends the run after that."""

    def __init__(self, acts: Mapping[int, Sequence[Callable[[], None]]], kill: int | None = None) -> None:
        self.acts = {place: list(some) for place, some in acts.items()}
        self.kill = kill

    def step(self, name: str, done: int, total: int, detail: str = "") -> None:
        if name != "night":
            return
        place = DAYS.index(int(detail[-2:])) if detail else len(DAYS)
        for act in self.acts.pop(place, ()):
            act()
        if self.kill == place:
            raise Killed


@pytest.fixture
def due(judged: Path, tmp_path: Path) -> Callable[[str], Path]:
    """Give copies of the site with days that no run has judged, some of them with further planted records opened."""

    def copy(name: str) -> Path:
        folder = shutil.copytree(judged, tmp_path / name)
        put(folder, 4, 5, 6, decoys={4: [("n1", "D4"), ("n2", "D4")], 5: [("n3", "D4"), ("n1", "D2")]})
        return folder

    return copy


@pytest.fixture
def do(call: Call) -> Callable[[Path, Act], None]:
    def act(folder: Path, arguments: Act) -> None:
        with chdir(folder):
            code, _, err = call(*arguments)
        assert code == 0, (arguments, err)

    return act


def ids(folder: Path) -> dict[str, str]:
    with open_published(load_settings(folder)) as published:
        return {one["user_id"]: one["finding_id"] for one in read_findings(published.connection, "en")}


def outcome(folder: Path) -> dict[str, Any]:
    """What counts of a deployment: findings, decisions and from when they count, looks, and an intact trail."""
    settings = load_settings(folder)
    with open_published(settings) as published:
        connection = published.connection
        findings = read_findings(connection, "en")
        for one in findings:
            del one["method"]
        stored = connection.execute(
            "select finding_id, disposition, officer, note, patterns, until, through from decisions order by sequence"
        ).fetchall()
        looks = connection.execute("select count(*) from officer_looks").fetchall()
        waiting = connection.execute("select count(*) from decisions where not noted").fetchall()
        noted = dict(connection.execute("select number, hash from trail_entries").fetchall())
        lowered = connection.execute("select user_id, business_date, approved from suspicions order by all").fetchall()
    entries, faults = Trail.of(settings).check(noted=noted)
    assert not faults
    assert waiting == [(0,)]
    assert entries
    return {"findings": findings, "decisions": stored, "looks": looks, "lowered": lowered}


def one_after_the_other(folder: Path, acts: Mapping[int, Sequence[Act]], do: Callable[[Path, Act], None]) -> None:
    """Do what happens before each of the run's nights between runs of their own."""
    for place in range(len(DAYS) + 1):
        for act in acts.get(place, ()):
            do(folder, act)
        if place < len(DAYS):
            run_nights(load_settings(folder), FIRST + dt.timedelta(days=DAYS[place] - 1), Silent(), now=NOW)
    run_nights(load_settings(folder), None, Silent(), now=NOW)


def at_work(
    folder: Path, acts: Mapping[int, Sequence[Act]], do: Callable[[Path, Act], None], kill: int | None = None
) -> None:
    """Do it all while one run is at work; ``kill`` ends that run before a night, and another one goes on."""
    pending = {place: [lambda act=act: do(folder, act) for act in some] for place, some in acts.items()}
    progress = Acting(pending, kill)
    last = FIRST + dt.timedelta(days=DAYS[-1] - 1)
    try:
        run_nights(load_settings(folder), last, progress, now=NOW)
    except Killed:
        run_nights(load_settings(folder), last, Acting(progress.acts), now=NOW)
    run_nights(load_settings(folder), None, Silent(), now=NOW)


def drawn_acts(draw: random.Random, known: Mapping[str, str]) -> Iterator[tuple[int, Act]]:
    """Yield acts and before which of the run's nights each is done; nothing is taken back that was not decided."""
    decided: list[str] = []
    for place in sorted(draw.randrange(len(DAYS) + 1) for _ in range(draw.randint(2, 5))):
        user = draw.choice(sorted(known))
        kind = draw.choice(["confirmed", "false_alarm", "escalated", "justified", "approved", "seen", "undo"])
        officer = draw.choice(["Liu Fang", "Wang Wei"])
        if kind == "seen":
            yield place, ("findings",)
        elif kind == "undo" and user in decided:
            decided.remove(user)
            yield place, ("triage", known[user], "--undo", "-n", "wrong", "--by", officer)
        elif kind != "undo":
            decided.append(user)
            disposition = "justified" if kind == "approved" else kind
            until = ("--until", "2027-06-01", "--scope", "all", "--yes") if kind == "approved" else ()
            yield place, ("triage", known[user], "-d", disposition, "-n", kind, "--by", officer, *until)


def compare(seed: int, due: Callable[[str], Path], do: Callable[[Path, Act], None], *, kill: bool = False) -> None:
    draw = random.Random(seed)
    calm, busy = due(f"calm-{seed}"), due(f"busy-{seed}")
    acts: dict[int, list[Act]] = {}
    for place, act in drawn_acts(draw, ids(calm)):
        acts.setdefault(place, []).append(act)
    one_after_the_other(calm, acts, do)
    at_work(busy, acts, do, draw.randrange(len(DAYS) + 1) if kill else None)
    expected, found = outcome(calm), outcome(busy)
    for name, rows in expected.items():
        assert [one for one in found[name] if one not in rows] == [one for one in rows if one not in found[name]], acts
    assert found == expected, acts


@pytest.mark.heavy
@pytest.mark.parametrize("seed", [3])
def test_what_is_done_during_a_run_is_as_if_done_before_one_of_its_nights(
    seed: int, due: Callable[[str], Path], do: Callable[[Path, Act], None]
) -> None:
    compare(seed, due, do, kill=True)


@pytest.mark.heavy
@pytest.mark.parametrize("seed", range(10, 40))
def test_whatever_is_done_whenever_and_killed_wherever(
    seed: int, due: Callable[[str], Path], do: Callable[[Path, Act], None]
) -> None:
    compare(seed, due, do, kill=seed % 2 == 0)


def detector(folder: Path, *arguments: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "detector", "--config", str(folder / "detector.toml"), *arguments]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


@pytest.mark.heavy
@pytest.mark.parametrize("seed", range(4))
def test_officers_in_processes_of_their_own_while_runs_are_killed_at_any_moment(
    seed: int, due: Callable[[str], Path], do: Callable[[Path, Act], None], tmp_path: Path
) -> None:
    draw = random.Random(seed)
    folder = due("site")
    known = ids(folder)
    acts = [act for _ in range(3) for _, act in drawn_acts(draw, known) if "--undo" not in act]
    run = detector(folder, "run", "--quiet")
    for act in acts:
        time.sleep(draw.random() * 1.5)
        if draw.random() < 0.4:
            run.kill()
            run.wait()
            run = detector(folder, "run", "--quiet")
        acting = [detector(folder, *one) for one in (act, ("findings",))]
        assert [one.wait() for one in acting] == [0, 0], act
    assert run.wait() == 0
    do(folder, ("export", "--format", "ndjson", "--to", str(tmp_path / "siem.ndjson")))
    settings = load_settings(folder)
    decided = [act for act in acts if act[0] == "triage"]
    standing = {act[1]: act[3] for act in decided}
    run_nights(settings, None, Silent(), now=NOW)
    with open_published(settings) as published:
        stored = {one["finding_id"]: one["status"] for one in read_findings(published.connection, "en")}
        kept = published.connection.execute(
            "select finding_id, disposition from decisions order by sequence"
        ).fetchall()
        looks = published.connection.execute("select count(*) from officer_looks").fetchall()[0][0]
    assert kept == [(act[1], act[3]) for act in decided]
    assert looks == len(acts) + len(acts) - len(decided)
    assert {finding: stored[finding] for finding in standing} == standing
    lines = map(json.loads, (tmp_path / "siem.ndjson").read_text(encoding="utf-8").splitlines())
    assert {one["id"]: one["status"] for one in lines if one["id"] in standing} == standing
    do(folder, ("verify",))
