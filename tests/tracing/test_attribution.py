"""Twins, pairs, and how many more complaints it takes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from detector.tracing.attribution import DISTINGUISHING_ODDS, MOST_NEEDED, divergence, indistinguishable
from detector.tracing.exposure import AccessHistory
from detector.tracing.trace import Trace, trace_complaints
from tests.tracing.worlds import World, listed, named


def found_in(world: World, patients: list[str]) -> Trace:
    return found_in_days(world, patients, 5)


def found_in_days(world: World, patients: list[str], known_on: int) -> Trace:
    with world.open() as published:
        return trace_complaints(AccessHistory(published.connection), listed(patients, known_on))


def by_user(found: Trace) -> dict[str, dict[str, Any]]:
    return {row["user_id"]: row for row in found.rows}


def ward(folder: Path) -> World:
    """Eight nurses who each see 30 of 100 patients."""
    world, rng = World(folder), np.random.default_rng(1)
    for nurse in range(8):
        world.opens(f"n{nurse}", [f"p{number}" for number in rng.choice(100, 30, replace=False)])
    return world


def test_the_probability_is_that_of_the_stated_method_worked_out_by_hand(tmp_path: Path) -> None:
    """Ten patients, two nurses with five each, two complaints about the first one's, all on one day.

    A part of five weighs 5 + 1 of 10: a complaint within it is 10 / 6 times as likely as by chance, by a stray tenth
    10 / 6 * 0.1; four in five complaints are the account's. 0.64 of the belief is in a manner that holds (opened, read
    only), 0.8 in days that do. The other nurse explains each complaint as coming from elsewhere. Each has half of the
    belief of 0.9, nobody has 0.05, a pair of whom one opened none is none.
    """
    within, stray = 0.8 * 10 / 6 + 0.2, 0.8 * 10 / 6 * 0.1 + 0.2
    first = 0.9 / 2 * (0.64 * 0.8 * within**2 + (1 - 0.64 * 0.8) * stray**2)
    second = 0.9 / 2 * 0.2**2
    whole = first + second + 0.05
    assert (round(first, 5), round(second, 5)) == (0.56610, 0.018)
    found = found_in_days(World(tmp_path).opens("n1", named("p", 5)).opens("n2", named("p", 5, 5)), named("p", 2), 0)
    told = by_user(found)
    assert told["n1"]["posterior"] == pytest.approx(first / whole, abs=2e-6) == pytest.approx(0.89276, abs=1e-5)
    assert told["n2"]["posterior"] == pytest.approx(second / whole, abs=2e-6)
    assert found.none == pytest.approx(0.05 / whole)


def test_twins_share_the_blame_and_are_never_told_apart(tmp_path: Path) -> None:
    world = ward(tmp_path).opens("t1", named("q", 25)).opens("t2", named("q", 25))
    rows = by_user(found_in(world, named("q", 10)))
    assert rows["t1"]["posterior"] == pytest.approx(rows["t2"]["posterior"], abs=2e-6)
    assert rows["t1"]["indistinguishable_from"] == ["t2"]
    assert rows["t2"]["indistinguishable_from"] == ["t1"]
    assert rows["t1"]["complaints_needed"] is None, "no number of complaints tells twins apart"


def test_two_who_share_a_list_are_named_together(tmp_path: Path) -> None:
    world = ward(tmp_path).opens("a", named("q", 15), role="doctor").opens("b", named("r", 15), role="clerk")
    found = found_in(world, named("q", 7) + named("r", 7))
    rows = by_user(found)
    assert {row["user_id"] for row in found.rows[:2]} == {"a", "b"}
    assert (rows["a"]["shared_with"], rows["b"]["shared_with"]) == ("b", "a")
    assert rows["a"]["posterior"] + rows["b"]["posterior"] > 0.95
    assert rows["a"]["indistinguishable_from"] == rows["b"]["indistinguishable_from"] == []
    assert rows["a"]["complaints_needed"] == rows["b"]["complaints_needed"] == 0


def test_more_complaints_are_asked_for_while_it_is_open(tmp_path: Path) -> None:
    world = ward(tmp_path)
    mine = [one["patient_id"] for one in world.accesses if one["user_id"] == "n3"]
    with world.open() as published:
        few, many = (
            by_user(trace_complaints(AccessHistory(published.connection), listed(mine[:n], 5)))["n3"] for n in (2, 12)
        )
    assert few["complaints_needed"] > 0
    assert many["posterior"] > 0.95
    assert many["complaints_needed"] == 0
    assert many["indistinguishable_from"] == []


def test_rivals_are_mutual_and_by_odds() -> None:
    posterior = np.array([0.6, 0.3, 0.05, 0.04])
    found = indistinguishable(posterior, [0, 1, 2, 3], {})
    assert indistinguishable(posterior, [0, 1, 2, 3], {0: 1, 1: 0}) == {0: [], 1: [2, 3], 2: [1, 3], 3: [1, 2]}
    assert found == {0: [1], 1: [0, 2, 3], 2: [1, 3], 3: [1, 2]}
    assert all(one in found[other] for one, others in found.items() for other in others)
    assert DISTINGUISHING_ODDS == 10


def test_divergence_is_nothing_between_equals() -> None:
    one, other = np.array([0.5, 0.3, 0.2]), np.array([0.2, 0.3, 0.5])
    assert divergence(one, one) == 0
    assert divergence(one, other) == pytest.approx(0.3 * np.log(2.5))
    assert MOST_NEEDED >= 50
