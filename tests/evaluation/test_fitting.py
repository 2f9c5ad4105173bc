"""Fitting: weights stay a distribution, the penalty draws them to the hand-set ones, and what stands out is found."""

from __future__ import annotations

import math

import numpy as np
import pytest

from detector.detection.hypotheses import HYPOTHESES
from tests.evaluation.fitting import FITTED, Attacker, chosen_penalty, evidence, factor_of, fit, fitted_weights

LOOKUP = next(one for one in FITTED if one.id == "lookup")
WEIGHTS = LOOKUP.focuses["any"]
USUAL, TAKEN = "inpatient/unit/write", "stranger/none/targeted"


def attacker(taken: int, usual: int = 50) -> Attacker:
    """An account that looks up strangers beside its work, whose labels are as usual as they are frequent there."""
    labels = (USUAL,) * usual + (TAKEN,) * taken
    return Attacker("lookup", labels, np.array([0.9] * usual + [0.001] * taken))


def test_weights_sum_to_one_and_go_where_the_attacks_go() -> None:
    fitted = fitted_weights([attacker(10)] * 5, WEIGHTS, penalty=1.0)
    assert sum(fitted.values()) == pytest.approx(1)
    assert fitted[TAKEN] > 5 * WEIGHTS[TAKEN]
    assert factor_of(fitted, 0)["inpatient"] < 0.05  # what is usual for the account is no part of the hypothesis


def test_a_large_penalty_leaves_the_hand_set_weights() -> None:
    attacks = [attacker(10)] * 5
    assert fitted_weights(attacks, WEIGHTS, math.inf) == WEIGHTS
    near = fitted_weights(attacks, WEIGHTS, 1e9)
    assert all(near[label] == pytest.approx(weight, rel=0.02) for label, weight in WEIGHTS.items())


def test_components_keep_their_names_and_shares() -> None:
    fitted = fit(LOOKUP, [attacker(10)], 3.0)
    assert [(one.name, one.share) for one in fitted.components] == [(one.name, one.share) for one in LOOKUP.components]
    assert all(sum(one.weights.values()) == pytest.approx(1) for one in fitted.components)
    harvest = HYPOTHESES[0]
    assert fit(harvest, [attacker(10)], 3.0).components == harvest.components  # no attack of its kind


def test_the_penalty_is_chosen_where_it_was_not_fitted() -> None:
    alike = [[attacker(8), attacker(12)], [attacker(10)], [attacker(9)]]
    figures = chosen_penalty(alike)
    assert figures[1.0] > figures[100.0] > figures[math.inf]
    assert evidence(alike[0], alike[1], 1.0) > evidence(alike[0], [], 1.0)
