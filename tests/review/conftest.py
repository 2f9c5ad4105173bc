"""A small site in which planted records are opened: findings from the first night on, without weeks of history."""

from __future__ import annotations

import datetime as dt
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from detector.cli import shell
from detector.deployment.settings import load_settings
from detector.night.job import run_nights
from detector.night.summary import RunSummary
from detector.progress import Silent
from detector.trail.officers import system_account

TOML = """\
[site]
name = "测试医院"
timezone = "Asia/Shanghai"
language = "en"
decoy_patients = "decoys.csv"
[[source]]
name = "his"
path = "his-*.csv"
[context]
staff = "staff.csv"
"""
HEADER = "event_time,user_id,patient_id,action,category\n"
STAFF = "user_id,name,department,role,patient_id\nn1,刘晓燕,OB,nurse,\nn2,王敏,OB,nurse,\nn3,赵华,OB,nurse,P9\n"
NOW = dt.datetime(2026, 6, 4, 1, 0, tzinfo=dt.UTC)
FIRST = dt.date(2026, 6, 1)


def day(number: int, *decoys: tuple[str, str]) -> str:
    """A day's log: everybody at work, and these accounts opening these planted records."""
    date = FIRST + dt.timedelta(days=number - 1)
    rows = [
        f"{date} {8 + turn:02d}:{number:02d}:00,{user},P{turn},view,note\n"
        for user in ("n1", "n2", "n3")
        for turn in range(4)
    ]
    rows += [f"{date} 20:0{place}:00,{user},{patient},view,note\n" for place, (user, patient) in enumerate(decoys)]
    return HEADER + "".join(rows)


def put(folder: Path, *days: int, decoys: dict[int, list[tuple[str, str]]]) -> None:
    for number in days:
        (folder / f"his-{number:02d}.csv").write_text(day(number, *decoys.get(number, ())), encoding="utf-8")


def night(folder: Path, now: dt.datetime = NOW) -> RunSummary:
    return run_nights(load_settings(folder), None, Silent(), now=now)


@pytest.fixture(scope="session")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three days, two of them judged: n1, n2 and n3 have opened a planted record each."""
    folder = tmp_path_factory.mktemp("review") / "site"
    folder.mkdir()
    (folder / "detector.toml").write_text(TOML, encoding="utf-8")
    (folder / "decoys.csv").write_text("patient_id\nD1\nD2\nD3\nD4\n", encoding="utf-8")
    (folder / "staff.csv").write_text(STAFF, encoding="utf-8")
    put(folder, 1, 2, 3, decoys={2: [("n1", "D1"), ("n2", "D2"), ("n3", "D3")]})
    night(folder)
    return folder


@pytest.fixture
def site(judged: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of it, as the current folder."""
    folder = shutil.copytree(judged, tmp_path / "site")
    monkeypatch.chdir(folder)
    monkeypatch.setenv("COLUMNS", "100")
    return folder


@pytest.fixture
def call(capfd: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    """Run the command line in this process: exit code, output, errors."""

    def run(*arguments: str) -> tuple[int, str, str]:
        capfd.readouterr()
        with pytest.raises(SystemExit) as caught:
            shell.main(list(arguments))
        written = capfd.readouterr()
        return int(caught.value.code or 0), written.out, written.err

    return run


@pytest.fixture
def found(call: Callable[..., tuple[int, str, str]]) -> Callable[..., dict[str, dict[str, Any]]]:
    """Return the findings by account, the newest of each last."""

    def read(*arguments: str) -> dict[str, dict[str, Any]]:
        code, out, err = call("findings", "--format", "ndjson", *arguments)
        assert code == 0, err
        rows = sorted(map(json.loads, out.splitlines()), key=lambda one: one["detected_on"])
        return {one["user_id"]: one for one in rows if one["subject"] == "account"}

    return read


@pytest.fixture
def as_officer(monkeypatch: pytest.MonkeyPatch) -> Callable[[Path, str], None]:
    """Let the system account of the tests be a hospital account."""

    def name(folder: Path, user_id: str) -> None:
        path = folder / "detector.toml"
        text = path.read_text(encoding="utf-8") + f'[officers]\n"{system_account()}" = "{user_id}"\n'
        path.write_text(text, encoding="utf-8")

    return name
