"""How much evidence is an alert: inside the budget, within bounds, and unmoved by the guilty few."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest

from detector.detection.accumulation import CumulativeEvidence
from detector.detection.streams import STREAMS
from detector.detection.thresholds import (
    INFERRED_EXCESS,
    RANGE,
    YOUNG_DAYS,
    calibrated,
    combined,
    risk,
    tail_threshold,
)


def standing(values: np.ndarray) -> CumulativeEvidence:
    began = np.zeros(len(values), dtype=np.int64)
    users = [f"u{n}" for n in range(len(values))]
    return CumulativeEvidence(
        users, {stream.id: values for stream in STREAMS}, {stream.id: began for stream in STREAMS}
    )


def limits(
    values: np.ndarray, budget: float = 2.0, days: int = 90, innocent: list[bool] | None = None
) -> dict[str, float]:
    return calibrated(standing(values), innocent or [True] * len(values), budget, days)


def exponential(mean: float, count: int = 900) -> np.ndarray:
    """Quantiles of an exponential distribution: a history without chance."""
    return -mean * np.log(1 - (np.arange(count) + 0.5) / count)


def test_the_fitted_tail_leaves_the_streams_share_of_the_budget() -> None:
    values = exponential(3.0, 5000)
    found = tail_threshold(values, 2.0)
    allowed = 2.0 / 1000 * 4 / len(STREAMS)
    assert math.exp(-found / 3.0) == pytest.approx(allowed, rel=0.05)


def test_a_quiet_and_a_noisy_hospital_stay_within_the_range() -> None:
    for values, side in ((np.zeros(900), 0), (exponential(50.0), 1)):
        for stream in STREAMS:
            assert limits(values)[stream.id] == pytest.approx(RANGE[side] * stream.threshold, abs=1e-3)


def test_inferred_stays_ask_for_more_where_relations_are_judged() -> None:
    known = limits(np.zeros(900))
    inferred = calibrated(standing(np.zeros(900)), [True] * 900, 2.0, 90, encounters_known=False)
    more = {name for name, value in inferred.items() if value > known[name]}
    assert more == {"harvest", "interface", "lookup", "no_care", "sensitive"}
    assert inferred["harvest"] == pytest.approx((1 + INFERRED_EXCESS) * known["harvest"], abs=1e-3)


def test_a_smaller_budget_asks_for_more_evidence() -> None:
    values = exponential(1.2)
    series = [limits(values, budget) for budget in (8.0, 4.0, 2.0, 1.0, 0.5)]
    for more, less in pairwise(series):
        assert all(more[name] < less[name] for name in more)


def test_the_guilty_few_do_not_set_the_bar() -> None:
    clean = exponential(1.2)
    dirty = np.concatenate([clean, np.full(20, 500.0)])
    assert limits(dirty) == pytest.approx(limits(clean), rel=0.15)
    assert limits(dirty, innocent=[value < 100 for value in dirty]) == limits(clean)


def test_a_young_history_asks_for_more_until_it_is_known() -> None:
    values = exponential(1.2)
    series = [limits(values, days=days) for days in (14, 21, YOUNG_DAYS, 200)]
    for younger, older in pairwise(series):
        assert all(younger[name] >= older[name] for name in older)
    assert series[2] == series[3]
    assert all(series[0][name] > series[2][name] for name in series[2])


def test_few_accounts_fall_back_on_the_base() -> None:
    assert tail_threshold(np.sort(exponential(80.0, 49)), 2.0) == 0
    assert limits(np.zeros(0)) == limits(np.zeros(900))
    assert limits(exponential(1.0, 60), innocent=[False] * 60) == limits(np.zeros(900))


def test_order_of_the_accounts_does_not_matter() -> None:
    values = exponential(2.0)
    assert limits(values) == limits(values[::-1].copy())


def test_combined_lets_the_strongest_count_most_and_others_help() -> None:
    one, two, spread = combined(
        {"harvest": np.array([1.0, 1.0, 0.6]), "lookup": np.array([0, 0.9, 0.6]), "export": np.array([0, 0, 0.6])}
    )
    assert one == 1
    assert 1 < two < 1.2
    assert spread < 1
    assert combined({"harvest": np.array([-5.0]), "lookup": np.array([0.5])}).tolist() == [0.5]


def test_risk_is_half_at_the_threshold_and_never_certain() -> None:
    assert [risk(value) for value in (-1.0, 0.0, 1.0, 2.0)] == [0.0, 0.0, 50.0, 75.0]
    assert all(risk(low) < risk(high) <= 100 for low, high in pairwise([0.1, 0.5, 1, 3, 8, 20]))
