"""The tail of a sum of unequal chances, against counting all cases and against scipy's binomial."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from scipy import stats

from detector.tracing.controls import EXACT_UP_TO, tail_probabilities


def counted(chances: list[float], opened: int) -> float:
    """Add up the probability of every outcome with at least so many."""
    total = 0.0
    for outcome in itertools.product((0, 1), repeat=len(chances)):
        if sum(outcome) >= opened:
            total += float(np.prod([c if hit else 1 - c for c, hit in zip(chances, outcome, strict=True)]))
    return total


@pytest.mark.parametrize("seed", range(5))
def test_agrees_with_counting(seed: int) -> None:
    chances = np.random.default_rng(seed).random((4, 7))
    opened = np.array([0, 2, 5, 7])
    expected = [counted(row.tolist(), int(count)) for row, count in zip(chances, opened, strict=True)]
    assert tail_probabilities(chances, opened) == pytest.approx(expected)


def test_equal_chances_are_binomial_also_where_it_is_approximated() -> None:
    few, many = np.full((1, 50), 0.3), np.full((1, EXACT_UP_TO + 100), 0.3)
    assert tail_probabilities(few, np.array([20])) == pytest.approx(stats.binom.sf(19, 50, 0.3))
    assert tail_probabilities(many, np.array([170]))[0] == pytest.approx(stats.binom.sf(169, 500, 0.3), rel=0.05)


def test_who_opens_nearly_everybody_is_never_significant() -> None:
    chances = np.vstack([np.full(12, 0.9), np.full(12, 0.2)])
    hub, narrow = tail_probabilities(chances, np.array([12, 10]))
    assert hub > 0.2
    assert narrow < 1e-4
