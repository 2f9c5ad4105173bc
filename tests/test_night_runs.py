"""The nightly job on a small simulated hospital: the same findings however it got there."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from detector.simulator import AttackOrder, SimulationPlan, simulate

CHECKOUT = Path(__file__).parents[1]
ONE_THREAD = """
import functools, sys
from pathlib import Path
import detector.night as night
from detector.progress import Silent
from detector.settings import load_settings
night.open_store = functools.partial(night.open_store, threads=1)
night.run_nights(load_settings(Path(sys.argv[1])), None, Silent())
"""


def program(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments],
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        env={**os.environ, "PYTHONPATH": str(CHECKOUT), **environment},
    )


def run(folder: Path, *more: str) -> None:
    done = program("-m", "detector", "--config", str(folder / "detector.toml"), "run", "--quiet", *more)
    assert done.returncode == 0, done.stderr


def findings(folder: Path) -> str:
    done = program("-m", "detector", "--config", str(folder / "detector.toml"), "findings", "--format", "ndjson")
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def hospital(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("hospital") / "site"
    orders = (AttackOrder.parse("decoy:high"), AttackOrder.parse("maternity-slow:high"))
    simulate(folder, SimulationPlan(staff=60, days=24, seed=3, attacks=orders, hard=False, compress=False))
    return folder


@pytest.fixture(scope="module")
def caught_up(hospital: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("caught-up") / "site"
    shutil.copytree(hospital, folder)
    run(folder)
    return folder


def truth(hospital: Path) -> dict[str, set[str]]:
    attacks = json.loads((hospital.parent / "site-truth" / "truth.json").read_text(encoding="utf-8"))["attacks"]
    return {attack["scenario"]: set(attack["user_ids"]) for attack in attacks}


def test_the_planted_accounts_are_alerts(hospital: Path, caught_up: Path) -> None:
    alerts = {one["user_id"]: one for one in map(json.loads, findings(caught_up).splitlines()) if one["alert"]}
    guilty = truth(hospital)
    for users in guilty.values():
        assert users & alerts.keys()
    (decoy,) = (alerts[user] for user in guilty["decoy"])
    assert decoy["patterns"][0] == "decoy-access"
    assert decoy["alerted_on"] == decoy["detected_on"]
    (harvest,) = (alerts[user] for user in guilty["maternity-slow"])
    assert {"maternity-harvesting", "contact-harvesting"} & set(harvest["patterns"][:2])
    # twenty innocent alerts in a hospital of sixty would be a flood; one or two are what a small history costs
    assert len(alerts) <= 5


def test_reasons_add_up_and_say_something_in_both_languages(caught_up: Path) -> None:
    config = str(caught_up / "detector.toml")
    english = program("-m", "detector", "--config", config, "--lang", "en", "findings", "--format", "ndjson").stdout
    for chinese_line, english_line in zip(findings(caught_up).splitlines(), english.splitlines(), strict=True):
        chinese, translated = json.loads(chinese_line), json.loads(english_line)
        if chinese["reasons"]:
            assert sum(reason["contribution"] for reason in chinese["reasons"]) == pytest.approx(1, abs=1e-3)
        for one, other in zip(chinese["reasons"], translated["reasons"], strict=True):
            assert one["text"] != other["text"]
            assert {key: one[key] for key in one if key != "text"} == {
                key: other[key] for key in other if key != "text"
            }
        assert len(chinese["event_ids"]) == len(set(chinese["event_ids"])) <= 1000


def test_growing_files_and_a_catch_up_agree(hospital: Path, caught_up: Path, tmp_path: Path) -> None:
    folder = tmp_path / "site"
    shutil.copytree(hospital, folder)
    whole = {path.name: path.read_bytes() for path in (hospital / "logs").iterdir()}
    for until in (rb"2026-06-15[ T]0[3-9]", rb"2026-06-20[ T]0[3-9]", None):  # logs are exported at three at night
        for name, content in whole.items():
            found = re.search(until, content) if until else None
            cut = content.rfind(b"\n", 0, found.start()) + 1 if found else len(content)
            assert until is None or cut < len(content)
            (folder / "logs" / name).write_bytes(content[:cut])
        run(folder)
    assert findings(folder) == findings(caught_up)


def test_one_thread_gives_the_same_bytes(hospital: Path, caught_up: Path, tmp_path: Path) -> None:
    folder = tmp_path / "site"
    shutil.copytree(hospital, folder)
    done = program("-c", ONE_THREAD, str(folder / "detector.toml"), POLARS_MAX_THREADS="1")
    assert done.returncode == 0, done.stderr
    assert findings(folder) == findings(caught_up)


def test_a_killed_run_leaves_no_trace(hospital: Path, caught_up: Path, tmp_path: Path) -> None:
    folder = tmp_path / "site"
    shutil.copytree(hospital, folder)
    for seconds in (2.5, 6.0, 9.5):
        with subprocess.Popen(
            [sys.executable, "-m", "detector", "--config", str(folder / "detector.toml"), "run", "--quiet"],
            env={**os.environ, "PYTHONPATH": str(CHECKOUT)},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        ) as running:
            time.sleep(seconds)
            running.send_signal(signal.SIGKILL)
    run(folder)
    assert findings(folder) == findings(caught_up)


def test_late_rows_count_once_and_withdraw_nothing(caught_up: Path, tmp_path: Path) -> None:
    folder = tmp_path / "site"
    shutil.copytree(caught_up, folder)
    before = {one["finding_id"]: one for one in map(json.loads, findings(folder).splitlines())}
    emr = next(path for path in (folder / "logs").iterdir() if path.name.startswith("emr"))
    header, first, *_, last = emr.read_text(encoding="utf-8").splitlines()
    late = first.replace(first.split(",")[0], "late-1", 1)
    # a row of the first day, and one of a day after the last, so that there is a new night
    newer = last.replace(last.split(",")[0], "newer-1", 1).replace("2026-06-24", "2026-06-26")
    (folder / "logs" / emr.name.replace("emr", "emr-late")).write_text(f"{header}\n{late}\n{newer}\n", encoding="utf-8")
    run(folder)
    run(folder)
    config = str(folder / "detector.toml")
    events = program(
        "-m", "detector", "--config", config, "events", "--until", "2026-06-01", "--format", "ndjson"
    ).stdout
    assert sum('"emr:late-1"' in line for line in events.splitlines()) == 1
    after = {one["finding_id"]: one for one in map(json.loads, findings(folder).splitlines())}
    for identity, one in before.items():
        assert after[identity]["detected_on"] == one["detected_on"]
        assert after[identity]["alerted_on"] == one["alerted_on"]
