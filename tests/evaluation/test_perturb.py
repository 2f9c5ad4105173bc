"""Perturbed hospitals: a truth that scoring reads, the hospital itself untouched, and the nights over it."""

from __future__ import annotations

import csv
import datetime as dt
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from detector.deployment.settings import load_settings
from detector.simulator import AttackOrder, SimulationPlan, simulate
from detector.simulator.simulation import truth_directory
from detector.store import open_store
from tests.drill.conftest import fingerprint
from tests.evaluation.perturb import PEACEFUL_DAYS, perturbed
from tests.evaluation.scoring import read_truth

START = dt.date(2026, 6, 1)


@pytest.fixture(scope="module")
def hospital(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Sixty people, one of whom opens a planted record; the truth lies beside it."""
    folder = tmp_path_factory.mktemp("hospital") / "site"
    plan = SimulationPlan(
        staff=60,
        days=PEACEFUL_DAYS + 10,
        start=START,
        seed=5,
        attacks=(AttackOrder("decoy-access", "high"),),
        hard=False,
    )
    simulate(folder, plan)
    return folder


@pytest.mark.heavy
def test_the_truth_has_what_was_there_and_what_was_planted(hospital: Path, tmp_path: Path) -> None:
    before = fingerprint(hospital)
    episodes = perturbed(hospital, truth_directory(hospital), tmp_path / "one", episodes=4, seed=2)
    assert fingerprint(hospital) == before
    known, told = read_truth(truth_directory(hospital)), read_truth(tmp_path / "one" / "truth")
    assert told.attacks[:1] == known.attacks
    assert len(told.attacks) == 1 + len(episodes) == 5
    assert not known.guilty & {user for one in episodes for user in one.accounts}
    for attack, episode in zip(told.attacks[1:], episodes, strict=True):
        assert attack.user_ids == set(episode.accounts)
        assert (attack.start, attack.end) == (episode.start, episode.end)
        assert attack.start >= START + dt.timedelta(days=PEACEFUL_DAYS)
        assert attack.exposed(None) == episode.events["patient_id"].drop_nulls().n_unique()
        assert attack.event_ids == {one.partition(":")[2] for one in episode.events["event_id"]}

    with open_store(load_settings(tmp_path / "one" / "site")) as store:
        planted = "select count(*) from events where event_id like '%:drill-%'"
        assert store.connection.execute(planted).fetchall() == [(sum(one.events.height for one in episodes),)]

    perturbed(hospital, truth_directory(hospital), tmp_path / "again", episodes=4, seed=2)
    for name in ("truth.json", "truth-events.csv"):
        assert (tmp_path / "again" / "truth" / name).read_bytes() == (tmp_path / "one" / "truth" / name).read_bytes()
    other = perturbed(hospital, truth_directory(hospital), tmp_path / "other", episodes=4, seed=3)
    assert [one.accounts for one in other] != [one.accounts for one in episodes]


def test_rows_go_on_where_the_hospitals_own_end(hospital: Path, tmp_path: Path) -> None:
    """A truth without any event yet gets its first ones."""
    bare = shutil.copytree(truth_directory(hospital), tmp_path / "bare")
    (bare / "truth-events.csv").unlink()
    episodes = perturbed(hospital, bare, tmp_path / "one", episodes=1, seed=2)
    with (tmp_path / "one" / "truth" / "truth-events.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == sum(one.events.height for one in episodes)
    assert json.loads((bare / "truth.json").read_text("utf-8"))["days"] == PEACEFUL_DAYS + 10


@pytest.mark.heavy
def test_measuring_plants_and_scores(hospital: Path, tmp_path: Path) -> None:
    call = [sys.executable, "-m", "tests.evaluation.measure", "--hospital", str(hospital)]
    call += ["--truth", str(truth_directory(hospital)), "--perturb", "2", "--attacks-table", "--work", str(tmp_path)]
    done = subprocess.run(call, cwd=Path(__file__).parents[2], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert sum(line.startswith("| planted-") for line in lines) == 2
    (decoy,) = [line for line in lines if line.startswith("| decoy-access-high")]
    assert "| yes |" in decoy
