"""The background against a slow and obvious computation, and what it should explain."""

from __future__ import annotations

import math
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest

from detector.tracing.background import KEPT, background
from detector.tracing.exposure import AccessHistory
from detector.tracing.leak_hypotheses import (
    ANY_PATIENT,
    EVERYBODY,
    SINGLE_DEPARTMENT,
    SPAN_STARTS,
    WINDOWS,
    window_beliefs,
)
from detector.tracing.target_population import population_weights
from tests.tracing.worlds import World, day, listed, named

Stay = tuple[str, str, date, date | None]


def falls_within(stay: Stay, presence: str, on: date, near: int, far: int) -> bool:
    """Whether a stay began, lasted or ended within days before a date; what lies after it is not known by then."""
    _, _, came, left = stay
    if came > on:
        return False
    ended = left is not None and left <= on
    last = left if left is not None and ended else on
    days = {"came": [came], "left": [last] if ended else []}.get(
        presence, [came + timedelta(days=one) for one in range((last - came).days + 1)]
    )
    return any(near <= (on - one).days <= far for one in days)


def slow_log_ratio(stays: list[Stay], weights: dict[str, float], complaints: list[str], on: date) -> float:
    total, typical = sum(weights.values()), float(np.median([weights[one] for one in complaints]))
    ends = [*[start - 1 for start in SPAN_STARTS[1:]], 10**6]
    listed_in = sorted({stay[1] for stay in stays if stay[0] in complaints})

    def ever(department: str) -> float:
        return sum(weights[one] for one in {s[0] for s in stays if s[1] == department and s[2] <= on}) + typical

    shares = {None: 1 - SINGLE_DEPARTMENT}
    shares |= {one: SINGLE_DEPARTMENT * ever(one) / sum(map(ever, listed_in)) for one in listed_in}
    terms = [math.log(EVERYBODY)]
    for department, share in shares.items():
        for presence in ("came", "there", "left"):
            for (first, last), belief in zip(WINDOWS, window_beliefs(), strict=True):
                part = {
                    stay[0]
                    for stay in stays
                    if department in (None, stay[1])
                    and falls_within(stay, presence, on, SPAN_STARTS[first], ends[last])
                }
                size = sum(weights[one] for one in part) + typical
                for anybody in ANY_PATIENT:
                    term = math.log((1 - EVERYBODY) * share / 3 * belief / len(ANY_PATIENT))
                    for one in complaints:
                        term += math.log((1 - anybody) * total * (one in part) / size + anybody)
                    terms.append(term)
    return float(np.logaddexp.reduce(terms))


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_agrees_with_the_slow_computation(tmp_path: Path, seed: int) -> None:
    rng, world = np.random.default_rng(seed), World(tmp_path).opens("n1", named("p", 40))
    for number in range(60):
        came = int(rng.integers(70))
        until = came + int(rng.integers(12)) if rng.random() < 0.8 else None
        world.stay([f"p{number % 40}"], came, ("OB", "ER", "NEO")[int(rng.integers(3))], until=until)
    patients = [f"p{one}" for one in rng.choice(40, 6, replace=False)]
    with world.open() as published:
        found = AccessHistory(published.connection).exposure(listed(patients, 60))
    weights = population_weights(found.departments, found.complaints)
    by_patient = dict(zip(found.departments["patient_id"], weights.tolist(), strict=True))
    told = background(found, weights)
    assert told.log_ratio == pytest.approx(slow_log_ratio(world.stays, by_patient, patients, day(60)), abs=1e-9)
    assert told.beliefs.sum() == pytest.approx(told.density.sum()) == pytest.approx(1)
    assert (told.density > 0).all()
    kept = told.kept()
    assert kept.beliefs.sum() == pytest.approx(1)
    assert KEPT < len(kept.beliefs) <= 2 * KEPT + 1


def test_a_week_of_a_ward_explains_its_own_list(tmp_path: Path) -> None:
    world = World(tmp_path).opens("n1", named("p", 5))
    for week in range(10):
        world.stay(named(f"w{week}-", 20), week * 7, until=week * 7 + 5)
    with world.open() as published:
        history = AccessHistory(published.connection)
        of_week, of_all = (
            history.exposure(listed(patients, 70)) for patients in (named("w9-", 8), [f"w{w}-0" for w in range(8)])
        )
    ratios = [
        background(one, population_weights(one.departments, one.complaints)).log_ratio for one in (of_week, of_all)
    ]
    assert ratios[0] > 8
    assert abs(ratios[1]) < 1


def test_without_stays_the_days_of_clinical_work_stand_in(tmp_path: Path) -> None:
    world = World(tmp_path)
    for number in range(40):
        world.opens("n1", f"p{number}", number).opens("thief", f"p{number}", 40, flags=("contact",))
    with world.open() as published:
        history = AccessHistory(published.connection)
        assert history.visits.columns == ["patient_id", "department", "came_on", "left_on"]
        assert history.visits.height == 40
        found = history.exposure(listed(named("p", 5, 35), 40))
    assert background(found, population_weights(found.departments, found.complaints)).log_ratio > 3
