"""Twins, pairs, and how many more complaints it takes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from detector.tracing.account_likelihood import account_likelihoods
from detector.tracing.attribution import (
    DISTINGUISHING_ODDS,
    MOST_NEEDED,
    divergence,
    indistinguishable,
    prior_beliefs,
)
from detector.tracing.background import background
from detector.tracing.exposure import AccessHistory
from detector.tracing.leak_hypotheses import MACHINE, SAME_JOB
from detector.tracing.target_population import population_weights
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


def test_the_probability_is_that_of_the_stated_method_worked_out_by_hand(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ten patients, two nurses with five each, two complaints about the first one's, all on one day.

    A part of five weighs 5 + 1 of 10: a complaint within it is 10 / 6 times as likely as by chance, by a stray tenth
    10 / 6 * 0.1. 0.64 of the belief is in a manner that holds (opened, read only), 0.8 in days that do. Every visit is
    of that day, so a part of the background has all ten, 10 / 11, or none of them. Each nurse has half of the belief
    of 0.68, two accounts of 2 + 30 of it, nobody the rest of 0.85; a pair of whom one opened none is none.
    """
    monkeypatch.setattr("detector.tracing.background.KEPT", 1000)
    shares = ((0.95, 0.25), (0.8, 0.3), (0.65, 0.2), (0.5, 0.15), (0.3, 0.1))
    elsewhere = [(0.3, 1.0)]
    for stray in (0.1, 0.5):
        elsewhere += [(0.7 / 2 * 0.8, (1 - stray) * 10 / 11 + stray), (0.7 / 2 * 0.2, stray)]
    first = second = 0.0
    for share, believed in shares:
        for belief, ratio in elsewhere:
            rest = (1 - share) * ratio
            within, stray = share * 10 / 6 + rest, share * 10 / 6 * 0.1 + rest
            first += believed * belief * (0.64 * 0.8 * within**2 + (1 - 0.64 * 0.8) * stray**2)
            second += believed * belief * rest**2
    each = 0.68 / 2 * 2 / 32
    nobody = (1 - 0.85 * 2 / 32) * sum(belief * ratio**2 for belief, ratio in elsewhere)
    whole = each * (first + second) + nobody
    found = found_in_days(World(tmp_path).opens("n1", named("p", 5)).opens("n2", named("p", 5, 5)), named("p", 2), 0)
    told = by_user(found)
    assert told["n1"]["posterior"] == pytest.approx(each * first / whole, abs=2e-6)
    assert told["n2"]["posterior"] == pytest.approx(each * second / whole, abs=2e-6)
    assert found.none == pytest.approx(nobody / whole, abs=2e-6)
    assert told["n1"]["posterior"] < 0.1, "two complaints and two accounts say little"


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


def test_half_of_a_list_may_come_from_elsewhere(tmp_path: Path) -> None:
    world = ward(tmp_path).opens("a", named("q", 15)).stay(named("q", 15) + named("p", 100) + named("r", 300))
    rows = by_user(found_in(world, named("q", 6) + named("r", 6)))
    assert rows["a"]["rank"] == 1
    assert rows["a"]["posterior"] > 0.9


def test_a_machine_is_no_suspect_for_its_breadth(tmp_path: Path) -> None:
    """The kiosk has opened everybody; its prior is that of a machine that opened as much as a usual nurse, at most."""
    world = ward(tmp_path).opens("kiosk", named("p", 100), account_type="kiosk", role="kiosk", department="REG")
    world.opens("small", named("p", 30), account_type="service", role="service", department="IT")
    with world.open() as published:
        exposure = AccessHistory(published.connection).exposure(listed(named("p", 5), 5))
    weights = population_weights(exposure.departments, exposure.complaints)
    prior = prior_beliefs(exposure, account_likelihoods(exposure, weights, background(exposure, weights)))
    believed = dict(zip(exposure.accounts["user_id"], prior.tolist(), strict=True))
    assert believed["kiosk"] == pytest.approx(believed["small"])
    assert believed["kiosk"] == pytest.approx(MACHINE * believed["n0"] * 8**SAME_JOB)


@pytest.mark.parametrize(
    "size", [pytest.param(3, marks=pytest.mark.heavy), 5, pytest.param(12, marks=pytest.mark.heavy)]
)
def test_lists_that_nobody_here_leaked_seldom_name_an_account(tmp_path: Path, size: int) -> None:
    """One ward, eight weeks of ten stays, eight nurses who each see half of a week's patients; lists of one week.

    48 draws with fixed seeds. One in twenty may name an account, so 2.4 of 48 are to be expected at worst, and 6 or
    more have a chance of 3 % then; a trace without a likelihood for the week names somebody in most of them.
    """
    world, rng = World(tmp_path), np.random.default_rng(7)
    for week in range(8):
        stays = named(f"w{week}-", 15)
        world.stay(stays, week * 7, until=week * 7 + 6).stay(named(f"other{week}-", 60), week * 7, "ER")
        for nurse in range(8):
            world.opens(f"n{nurse}", [stays[one] for one in rng.choice(15, 8, replace=False)], week * 7 + 2)
    named_one = 0
    with world.open() as published:
        history = AccessHistory(published.connection)
        for draw in range(48):
            week = draw % 8
            patients = [f"w{week}-{one}" for one in rng.choice(15, size, replace=False)]
            found = trace_complaints(history, listed(patients, week * 7 + 8))
            named_one += found.rows[0]["posterior"] >= 0.5
    assert named_one <= 5


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
