"""The likelihood against a slow and obvious computation, and what it should prefer."""

from __future__ import annotations

import math
from datetime import timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from detector.tracing.account_likelihood import account_likelihoods
from detector.tracing.background import Background, background
from detector.tracing.exposure import AccessHistory
from detector.tracing.leak_hypotheses import MANNERS, SHARES, SPAN_STARTS, STRAY, WINDOWS, window_beliefs
from detector.tracing.target_population import PRIOR_COMPLAINTS, population_weights
from detector.tracing.trace import trace_complaints
from tests.tracing.worlds import World, day, listed, named

HOLDS = {
    "opened": lambda _: True,
    "contact": lambda one: one["contact"],
    "contact_only": lambda one: one["contact"] and not one["clinical"],
    "suspicious": lambda one: one["state"] == "suspicious",
    "unexplained": lambda one: one["state"] != "explained" and not one["wrote"],
    "taken": lambda one: one["printed"] or one["exported"] or one["listed"],
    "read_only": lambda one: not one["wrote"],
}


def random_world(folder: Path, seed: int) -> World:
    rng = np.random.default_rng(seed)
    world = World(folder)
    flags = ["contact", "clinical", "wrote", "printed"]
    for _ in range(120):
        chosen = tuple(one for one in flags if rng.random() < 0.5)
        state = ("explained", "suspicious", "neither")[int(rng.integers(3))]
        world.opens(f"n{rng.integers(5)}", f"p{rng.integers(25)}", int(rng.integers(80)), flags=chosen, state=state)
    seen: dict[tuple[object, ...], dict[str, object]] = {}
    for one in world.accesses:  # one row per account, patient and date, as the store has them
        seen.setdefault((one["business_date"], one["user_id"], one["patient_id"]), one)
    world.accesses = list(seen.values())
    return world


def slow_log_ratio(
    world: World, user: str, complaints: pl.DataFrame, weights: dict[str, float], elsewhere: Background
) -> float:
    """Add up every part, share and part of the background by hand; all complaints have one date."""
    known_on = complaints["known_on"][0]
    total = sum(weights.values())
    typical = float(np.median([weights[one] for one in complaints["patient_id"]]))
    ends = [*[start - 1 for start in SPAN_STARTS[1:]], 10**6]
    mine = [one for one in world.accesses if one["user_id"] == user and one["business_date"] <= known_on]
    everything = {one["patient_id"] for one in mine}
    whole = sum(weights[one] for one in everything) + typical
    terms = []
    for manner in MANNERS:
        for (first, last), belief in zip(WINDOWS, window_beliefs(), strict=True):
            near, far = timedelta(days=SPAN_STARTS[first]), timedelta(days=ends[last])
            part = {
                one["patient_id"]
                for one in mine
                if HOLDS[manner.id](one) and near <= known_on - one["business_date"] <= far
            }
            size = sum(weights[one] for one in part) + typical
            ratios = [
                total * ((1 - STRAY) * (patient in part) / size + STRAY * (patient in everything) / whole)
                for patient in complaints["patient_id"]
            ]
            for share, believed in SHARES:
                for rest_belief, rest in zip(elsewhere.beliefs, elsewhere.ratios, strict=True):
                    term = math.log(manner.belief * belief * believed * rest_belief)
                    for ratio, other in zip(ratios, rest, strict=True):
                        term += math.log(share * ratio + (1 - share) * other)
                    terms.append(term)
    return float(np.logaddexp.reduce(terms))


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_agrees_with_the_slow_computation(tmp_path: Path, seed: int) -> None:
    world = random_world(tmp_path, seed).stay(named("p", 10), 0, "ER")
    patients = sorted({one["patient_id"] for one in world.accesses})[3:9]
    with world.open() as published:
        found = AccessHistory(published.connection).exposure(listed(patients, 70))
    weights = population_weights(found.departments, found.complaints)
    likelihood = account_likelihoods(found, weights, background(found, weights))
    by_patient = dict(zip(found.departments["patient_id"], weights.tolist(), strict=True))
    for place, user in enumerate(found.accounts["user_id"]):
        expected = slow_log_ratio(world, user, found.complaints, by_patient, likelihood.background)
        assert likelihood.log_ratio[place] == pytest.approx(expected, abs=1e-9)
        assert likelihood.parts[place].sum() == pytest.approx(1)


def test_the_target_population_is_what_the_list_is_about(tmp_path: Path) -> None:
    world = World(tmp_path).opens("n1", named("p", 20)).stay(named("p", 10), 0, "OB1").stay(named("p", 20, 10), 0, "ER")
    with world.open() as published:
        found = AccessHistory(published.connection).exposure(listed(["p0", "p1", "p2", "p10"], 3))
    weights = dict(
        zip(found.departments["patient_id"], population_weights(found.departments, found.complaints), strict=True)
    )
    assert weights["p5"] == pytest.approx((3 + PRIOR_COMPLAINTS * 10 / 30) / (4 + PRIOR_COMPLAINTS) / (10 / 30))
    assert weights["p5"] > 4 * weights["p25"]


def ranking(world: World, patients: list[str], known_on: int | None = None) -> dict[str, dict[str, object]]:
    with world.open() as published:
        rows = trace_complaints(AccessHistory(published.connection), listed(patients, known_on)).rows
    return {row["user_id"]: row for row in rows}


def test_who_opened_everything_is_not_named(tmp_path: Path) -> None:
    world = World(tmp_path).opens("hub", named("p", 400)).opens("n1", named("p", 30)).opens("n2", named("p", 40, 30))
    rows = ranking(world, named("p", 6), 3)
    assert rows["n1"]["rank"] == 1
    assert rows["hub"]["posterior"] < 0.01
    assert rows["hub"]["leaked_patients_accessed"] == 6


def test_manner_tells_apart_those_who_saw_the_same(tmp_path: Path) -> None:
    world = World(tmp_path)
    for user in ("n1", "n2"):
        world.opens(user, named("p", 60))
    world.opens("n2", named("p", 12), 1, flags=("contact",), state="suspicious")
    rows = ranking(world, named("p", 9), 3)
    assert rows["n2"]["posterior"] > 0.95
    assert rows["n2"]["unexplained_accesses"] == 9


def test_dates_tell_apart_those_who_saw_the_same(tmp_path: Path) -> None:
    world = World(tmp_path)
    for number, patient in enumerate(named("p", 80)):
        world.opens("n1", patient, number % 40).opens("n2", patient, (number + 20) % 40)
    patients = [f"p{number}" for number in range(0, 36, 3)]
    dates = pl.DataFrame({"patient_id": patients, "known_on": [day(number + 2) for number in range(0, 36, 3)]})
    with world.open() as published:
        rows = trace_complaints(AccessHistory(published.connection), dates).rows
    assert rows[0]["user_id"] == "n1"
    assert rows[0]["posterior"] > 0.95


def test_without_any_sighting_nobody_is_named(tmp_path: Path) -> None:
    world = World(tmp_path).opens("n1", named("p", 30)).opens("n2", named("p", 30)).stay(named("q", 8))
    with world.open() as published:
        found = trace_complaints(AccessHistory(published.connection), listed(named("q", 8), 5))
    assert found.none > 0.95
    assert [row["leaked_patients_accessed"] for row in found.rows] == [0, 0]
    assert all(row["complaints_needed"] is None for row in found.rows)
    assert (found.early, found.undated) == (0, 0)


def test_a_leak_known_before_the_first_night_names_nobody(tmp_path: Path) -> None:
    world = World(tmp_path).opens("n1", named("p", 30), 3)
    with world.open() as published:
        found = trace_complaints(AccessHistory(published.connection), listed(named("p", 8), 2))
    assert found.none > 0.95
    assert found.early == 8
