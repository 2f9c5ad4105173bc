"""Measuring: configurations without tables, intervals, and one small hospital from end to end."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.evaluation.ablation import STEPS
from tests.evaluation.measure import AS_MANY, FULL, LISTS, TABLES, variants, wilson, without_tables

CONFIG = """[site]
vip_patients = "context/vip.csv"
name = "staff = none"
[context]
staff = "context/staff.csv"
care_team = "context/care_team.csv"
"""


def test_only_the_named_tables_go() -> None:
    assert without_tables(CONFIG, ["staff"]) == CONFIG.replace('staff = "context/staff.csv"\n', "")
    bare = '[site]\nname = "staff = none"\n[context]\n'
    assert without_tables(CONFIG, TABLES + LISTS) == bare
    assert without_tables(CONFIG, []) == CONFIG


def test_ablation_leaves_out_each_table_and_then_all() -> None:
    chosen = variants(["roster+staff", "staff"], ablate=True)
    assert chosen[0].name == FULL
    assert [one.without for one in chosen[1:7]] == [(table,) for table in TABLES]
    assert chosen[7].without == TABLES + LISTS
    assert [one.without for one in chosen[8:]] == [("roster", "staff")]
    with pytest.raises(SystemExit, match="no such table"):
        variants(["stuff"], ablate=False)


def test_the_interval_is_wilsons() -> None:
    assert wilson(8, 10) == pytest.approx((0.490, 0.943), abs=0.001)
    assert wilson(0, 5)[0] == pytest.approx(0.0)


@pytest.mark.heavy
def test_a_small_hospital_from_end_to_end(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.evaluation.measure"]
    command += ["--seeds", "3", "--staff", "60", "--days", "21", "--attacks", "2", "--work", str(tmp_path)]
    command += ["--details"]
    root = Path(__file__).parents[2]
    for _ in range(2):  # the second time nothing is run again
        done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False, encoding="utf-8")
        assert done.returncode == 0, done.stderr
        table, kinds, nights = done.stdout.strip().split("\n\n")
        names = [line.split("|")[1].strip() for line in table.splitlines()[2:]]
        baselines = ["volume z-score", "isolation forest on counts", "ECOD on counts", "unexplained accesses"]
        assert names == [FULL, *baselines, *(name + AS_MANY for name in baselines)]
        assert len(kinds.splitlines()) in {3, 4}
        explained = float(nights.splitlines()[2].split("|")[2])
        assert 0.7 < explained < 1
        ablated = [sys.executable, "-m", "tests.evaluation.ablation"]
        place = next(tmp_path.glob("*/full-context/hospital"))
        ablated += [str(place), str(next(tmp_path.glob("*/written-truth")))]
        done = subprocess.run(ablated, cwd=root, capture_output=True, text=True, check=False, encoding="utf-8")
        assert done.returncode == 0, done.stderr
        assert [line.split("|")[1].strip() for line in done.stdout.splitlines()[2:]] == [step.name for step in STEPS]
