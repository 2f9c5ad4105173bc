"""The measuring of the trace: ties, lists, tables, and the sample from end to end."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
from pathlib import Path

import pytest

from tests.evaluation.leak_lists import DUTY, HARVEST, NOBODY, Leak, own_share
from tests.evaluation.leaks import METHODS, Traced, chance, markdown
from tests.sample import TRUTH, copy_sample


def test_those_who_tie_share_their_places() -> None:
    scores = {"a": 3.0, "b": 2.0, "c": 2.0, "d": 1.0}
    assert chance(scores, {"a"}, 1) == 1
    assert chance(scores, {"b"}, 1) == 0
    assert chance(scores, {"b"}, 2) == 0.5
    assert chance(scores, {"d", "c"}, 3) == 1
    assert chance(scores, {"nobody"}, 4) == 0
    assert chance(dict.fromkeys("abcdefghij", 0.0), {"a"}, 1) == 0.1


def test_a_fifth_comes_from_elsewhere_but_of_three_none() -> None:
    assert [own_share(size) for size in (3, 5, 8, 12, 20)] == [3, 4, 6, 10, 16]
    assert [own_share(size, 0.5) for size in (3, 5, 8, 12, 20)] == [1, 3, 4, 6, 10]


def test_the_tables_pool_and_calibrate() -> None:
    leak = Leak("ward-nurse", ("p",) * 5, (dt.date(2026, 6, 1),) * 5, frozenset({"a"}))
    good = Traced(leak, dict.fromkeys(METHODS, (1.0, 1.0)), ((0.8, True), (0.1, False)), 0.1, told_apart=True)
    bad = Traced(leak, dict.fromkeys(METHODS, (0.0, 1.0)), ((0.2, False), (0.1, True)), 0.7, told_apart=False)
    nobody = Leak("week", leak.patients, leak.known_on, frozenset(), mix="none")
    wrong = Traced(nobody, dict.fromkeys(METHODS, (0.0, 0.0)), ((0.8, False),), 0.2, told_apart=True)
    lines = markdown([good, good, good, bad, wrong]).splitlines()
    assert lines[2] == "| ward-nurse | 5 | 4 | 0.75 | 1.00 | 0.75 | 1.00 | 0.75 | 1.00 |"
    assert lines[3].startswith("| all who passed on what work showed | 5 | 4 | 0.75 |")
    assert "| none | 5 | 1 | – | – | 1.00 (0.21–1.00) | 0.20 |" in lines
    assert "| one | 5 | 4 | 0.75 | 1.00 | 0.75 (0.30–0.95) | 0.25 |" in lines
    assert "| 0.1–0.3 | 1 | 0.20 | 0.00 (0.00–0.79) | 0/1 | 0/0 |" in lines
    assert "| 0.7–0.9 | 4 | 0.80 | 0.75 (0.30–0.95) | 3/3 | 0/1 |" in lines
    assert "| told apart, 0.5 or more | 4 | 0.80 | 0.75 (0.30–0.95) | 3/3 | 0/1 |" in lines
    assert lines[-2] == "| 0.1–0.3 | 5 | 0.120 | 0.20 (0.04–0.62) |"


@pytest.mark.heavy
def test_the_sample_from_end_to_end(tmp_path: Path) -> None:
    root = Path(__file__).parents[2]
    sample = copy_sample(tmp_path / "sample_logs")
    command = [sys.executable, "-m", "tests.evaluation.leaks", "--hospital", str(sample), "--truth", str(TRUTH)]
    command += ["--lists", "3", "--sizes", "5", "12", "--work", str(tmp_path / "work")]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False, encoding="utf-8")
    assert done.returncode == 0, done.stderr
    table = [[cell.strip() for cell in line.split("|")[1:-1]] for line in done.stdout.splitlines()]
    rows = {(row[0], row[1]): [float(cell) for cell in row[2:]] for row in table if len(row) == 9 and row[1].isdigit()}
    mixes = {(row[0], row[1]): row for row in table if len(row) == 7 and row[1].isdigit()}
    curve = {row[0]: float(row[3].partition(" ")[0]) for row in table if len(row) == 8 and row[1].isdigit()}
    assert {kind for kind, _ in rows} >= {*DUTY, *HARVEST} - {"head-nurse", "outsider"}
    for kind in ("all harvesters", "all who passed on what work showed"):
        lists, first, among_five, hypergeometric = rows[kind, "12"][:4]
        assert lists >= 6
        assert first >= max(0.8, hypergeometric)
        assert among_five == 1
    assert curve["0.9–1.0"] >= 0.9
    assert int(mixes["none", "12"][2]) == len(NOBODY) * 5
    assert float(mixes["none", "12"][5].partition(" ")[0]) <= 0.1
