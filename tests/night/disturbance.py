"""Delivering a hospital's logs as real life does: in pieces, late, with kills, officers at work and failed exports.

A schedule is made of a seed alone, so that one that fails can be played again. It says night by night which rows have
come, in which files, what happens while the run is at work, and which context exports fail.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import os
import random
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

from detector.deployment.settings import load_settings
from detector.store import open_published
from detector.trail import Trail

ONE_DAY: Final = dt.timedelta(days=1)
TIME: Final = re.compile(rb"\d{4}-\d\d-\d\d[ T]\d\d:\d\d")
FAILED: Final = ("missing", "empty", "header", "cut", "folder", "garbage")
DISPOSITIONS: Final = ("confirmed", "escalated", "false_alarm")
RUNNER: Final = """
import datetime as dt, json, os, signal, subprocess, sys
from pathlib import Path
from detector.deployment.settings import load_settings
from detector.night.job import run_nights

config, now, acts = Path(sys.argv[1]), dt.datetime.fromisoformat(sys.argv[2]), json.loads(sys.argv[3])

class Acts:
    steps = 0
    def step(self, name, done, total, detail=""):
        self.steps += 1
        for act in acts.get(str(self.steps), []):
            if act == "kill":
                os.kill(os.getpid(), signal.SIGKILL)
            done = subprocess.run([sys.executable, "-m", "detector", "-c", str(config), *act], capture_output=True)
            print("officer", done.returncode, file=sys.stderr)

summary = run_nights(load_settings(config), None, Acts(), now=now)
print(json.dumps({"attention": summary.attention, "through": str(summary.through)}, ensure_ascii=False))
"""


@dataclass(frozen=True, slots=True)
class LogLine:
    """One line of a log, and the moment at which it was written: that of the line before, if its clock is wrong."""

    at: dt.datetime
    content: bytes


@dataclass(slots=True)
class Delivery:
    """How a source delivers: ``way`` is growing, pieces or days; ``lag`` nights late; nothing on ``silent`` nights."""

    way: str
    lag: int
    silent: list[int]


@dataclass(slots=True)
class NightPlan:
    """What happens in one night: ``acts`` by step of the run (``kill``, or what an officer does), failed exports."""

    acts: dict[str, list[str]] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Schedule:
    """All of it."""

    seed: int
    deliveries: dict[str, Delivery]
    nights: list[NightPlan]

    def __str__(self) -> str:
        return json.dumps(asdict(self), indent=1)


def make_schedule(seed: int, sources: Sequence[str], tables: Sequence[str], nights: int) -> Schedule:
    """Return the schedule of a seed; the first night and the last are quiet."""
    chance = random.Random(seed)
    deliveries = {}
    for place, source in enumerate(sources):
        lag = chance.choice([0, 0, 1, 3]) if place else 0  # one source is in time: dates must become due
        silent = [night for night in range(2, nights - 1) if chance.random() < 0.2]
        deliveries[source] = Delivery(chance.choice(["growing", "pieces", "days"]), lag, silent)
    plans = []
    for night in range(nights):
        plan = NightPlan()
        if 0 < night < nights - 1:
            for act in ("kill", "officer", "officer"):
                if chance.random() < 0.4:
                    plan.acts.setdefault(str(chance.randint(1, 8)), []).append(act)
            if chance.random() < 0.4:
                plan.failed[chance.choice(list(tables))] = chance.choice(FAILED)
        plans.append(plan)
    return Schedule(seed, deliveries, plans)


class DisturbedSite:
    """A copy of a deployment that gets its logs and context by a schedule."""

    def __init__(self, whole: Path, folder: Path, schedule: Schedule, first: dt.date) -> None:
        self.whole = whole
        self.folder = folder
        self.schedule = schedule
        self.first = first
        self.decided: dict[str, str] = {}
        self._chance = random.Random(schedule.seed + 1)
        self._pieces: dict[str, int] = {}
        shutil.copytree(whole, folder)
        shutil.rmtree(folder / "logs")
        (folder / "logs").mkdir()
        self._logs = {source: _lines(next((whole / "logs").glob(f"{source}-*"))) for source in schedule.deliveries}

    def play(self) -> None:
        """Play all nights, then two quiet ones in which everything has come."""
        for number, plan in enumerate(self.schedule.nights):
            self._deliver(number)
            self._export(plan.failed)
            self._run(number, plan)
        for number in (len(self.schedule.nights), len(self.schedule.nights) + 1):
            self._deliver(number, everything=True)
            self._export({})
            self._run(number, NightPlan())

    def _deliver(self, number: int, *, everything: bool = False) -> None:
        for source, delivery in self.schedule.deliveries.items():
            if number in delivery.silent and not everything:
                continue
            until = night_of(self.first, number if everything else number - delivery.lag)
            header, lines = self._logs[source]
            came = [line for line in lines if everything or line.at < until]
            done = self._pieces.get(source, 0)
            logs = self.folder / "logs"
            if delivery.way == "growing":
                (logs / f"{source}-all.csv").write_bytes(header + b"".join(line.content for line in came))
            elif delivery.way == "pieces" and len(came) > done:
                (logs / f"{source}-{number:02d}.csv").write_bytes(
                    header + b"".join(line.content for line in came[done:])
                )
            elif delivery.way == "days":
                for day in sorted({line.at.date() for line in came}):
                    content = header + b"".join(line.content for line in came if line.at.date() == day)
                    path = logs / f"{source}-{day}.csv"
                    if not path.exists() or path.stat().st_size != len(content):
                        path.write_bytes(content)
            self._pieces[source] = len(came)

    def _export(self, failed: dict[str, str]) -> None:
        shutil.rmtree(self.folder / "context")
        shutil.copytree(self.whole / "context", self.folder / "context")
        for table, how in failed.items():
            path = self.folder / "context" / f"{table}.csv"
            content = path.read_bytes()
            path.unlink()
            if how == "empty":
                path.write_bytes(content[: content.index(b"\n") + 1])
            elif how == "header":
                path.write_bytes(content[content.index(b"\n") + 1 :])
            elif how == "cut":
                path.write_bytes(content[: len(content) // 5])
            elif how == "folder":
                path.mkdir()
            elif how == "garbage":
                path.write_bytes(bytes(range(256)) * 40)

    def _run(self, number: int, plan: NightPlan) -> None:
        acts: dict[str, list[Any]] = {}
        for step, words in plan.acts.items():
            acts[step] = ["kill" if word == "kill" else self._decision() for word in words]
            acts[step] = [act for act in acts[step] if act]
        now = night_of(self.first, number).astimezone(dt.UTC)
        killed = any("kill" in one for one in acts.values())
        done = _run(self.folder, now, acts)
        assert done.returncode in ({0, -9} if killed else {0}), done.stderr
        if done.returncode:
            done = _run(self.folder, now, {})
            assert done.returncode == 0, done.stderr

    def _decision(self) -> list[str]:
        """Let an officer decide about a finding that is open, at the moment the schedule says."""
        path = self.folder / "state" / "published.duckdb"
        if not path.exists():
            return []
        with open_published(load_settings(self.folder)) as published:
            rows = published.connection.execute(
                "select finding_id from findings where status = 'open' order by finding_id"
            ).fetchall()
        waiting = [one for (one,) in rows if one not in self.decided]
        if not waiting:
            return []
        finding, disposition = self._chance.choice(waiting), self._chance.choice(DISPOSITIONS)
        self.decided[finding] = disposition
        return ["triage", finding, "--disposition", disposition, "--note", "x"]


def night_of(first: dt.date, number: int) -> dt.datetime:
    """Return when the run of a night begins: at two in the morning, by the clock of the logs."""
    zone = dt.timezone(dt.timedelta(hours=8))
    return dt.datetime.combine(first + ONE_DAY * (number + 1), dt.time(2), zone)


def catch_up(folder: Path, now: dt.datetime) -> None:
    """One run over everything, undisturbed."""
    done = _run(folder, now.astimezone(dt.UTC), {})
    assert done.returncode == 0, done.stderr


def kept(folder: Path, sql: str) -> list[tuple[Any, ...]]:
    """Return rows of what a site published."""
    with open_published(load_settings(folder)) as published:
        return published.connection.execute(sql).fetchall()


def decisions_in_trail(folder: Path) -> dict[str, str]:
    """Return the decisions that the trail holds: finding and disposition."""
    entries = Trail.of(load_settings(folder)).entries()
    return {
        str(one.details["finding"]): str(one.details["disposition"]) for one in entries if "disposition" in one.details
    }


def _run(folder: Path, now: dt.datetime, acts: dict[str, list[Any]]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", RUNNER, str(folder / "detector.toml"), now.isoformat(), json.dumps(acts)],
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
        env=os.environ.copy(),
    )


def _lines(path: Path) -> tuple[bytes, list[LogLine]]:
    """Return the header of a log and its lines, each with the moment at which it was written."""
    header, *rest = path.read_bytes().splitlines(keepends=True)
    lines = []
    zone = dt.timezone(dt.timedelta(hours=8))
    at = dt.datetime.min.replace(tzinfo=zone)
    for content in rest:
        found = TIME.search(content)
        with contextlib.suppress(ValueError):  # some clocks tell no time at all
            time = dt.datetime.fromisoformat(found[0].decode()).replace(tzinfo=zone) if found else at
            if at.year == 1 or abs(time - at) < 3 * ONE_DAY:
                at = max(at, time)
        lines.append(LogLine(at, content))
    return header, lines
