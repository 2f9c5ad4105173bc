"""From evidence to alerts: how much is needed so that innocent work stays inside the budget.

Each stream has a base threshold that holds for a likelihood ratio watched over many accounts and days. On the site's
own history the stream's tail is fitted (exponential, between the sixth and the ninth decile of the accounts, so that
the guilty few at the top do not set the bar) and the threshold is where that tail
leaves the stream's share of the budget; it never moves further from its base than ``RANGE``.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Final

import numpy as np

from detector.detection.accumulation import CumulativeEvidence, Floats
from detector.detection.hypotheses import HYPOTHESES
from detector.detection.streams import INTERFACE, STREAMS

BASE_BUDGET: Final = 2.0
RANGE: Final = (0.9, 1.5)
PERIOD_WEEKS: Final = 4.0
"""An account's evidence forgets and renews itself about every four weeks: so often it may cross."""
YOUNG_DAYS: Final = 35
YOUNG_EXCESS: Final = 0.4
"""With two weeks of history habits are poorly known; the surplus fades until ``YOUNG_DAYS``."""

FITTED_ACCOUNTS: Final = 50
"""A tail is fitted to so many accounts or more; with fewer the base thresholds hold."""

INFERRED_EXCESS: Final = 0.35
"""Without a table of encounters stays are inferred from who writes: what looks unexplained is worth less."""
RELATION_STREAMS: Final = frozenset(
    {INTERFACE, *(hypothesis.id for hypothesis in HYPOTHESES if hypothesis.view == "relation")}
)


def calibrated(
    evidence: CumulativeEvidence,
    innocent: list[bool],
    budget: float,
    history_days: int,
    *,
    encounters_known: bool = True,
) -> dict[str, float]:
    """Return the evidence (nats) at which each stream alerts.

    ``innocent`` tells for each account of ``evidence`` whether it may serve as an example of innocent work (no alert,
    no decision against it).
    """
    keep = np.array(innocent, dtype=bool)
    result = {}
    for stream in STREAMS:
        base = max(2.0, stream.threshold + math.log(BASE_BUDGET / budget))
        values = np.sort(evidence.values[stream.id][keep]) if keep.any() else np.zeros(0)
        fitted = tail_threshold(values, budget)
        raised = excess(history_days, encounters_known=encounters_known or stream.id not in RELATION_STREAMS)
        result[stream.id] = round(raised * min(max(fitted, RANGE[0] * base), RANGE[1] * base), 4)
    return result


def excess(history_days: int, *, encounters_known: bool) -> float:
    """Return the factor by which more evidence is asked for while habits are poorly known, or stays inferred."""
    young = 1 + YOUNG_EXCESS * max(0.0, (YOUNG_DAYS - history_days) / YOUNG_DAYS)
    return young if encounters_known else young * (1 + INFERRED_EXCESS)


def tail_threshold(values: np.ndarray[tuple[int], np.dtype[np.float64]], budget: float) -> float:
    """Return where an exponential tail fitted to ``values`` (sorted) leaves one stream's share of the budget."""
    if len(values) < FITTED_ACCOUNTS:
        return 0.0
    high, higher = np.quantile(values, [0.6, 0.9])
    slope = max(0.0, float(higher - high)) / math.log(0.4 / 0.1)
    allowed = budget / 1000 * PERIOD_WEEKS / len(STREAMS)
    return float(higher) + slope * math.log(0.1 / allowed)


def combined(relative: Mapping[str, Floats]) -> Floats:
    """Return one figure per account from that of each stream (1 = threshold): the strongest counts most, others help.

    ``relative`` has a stream's accounts by its id, all of the same length; absent streams are nothing.
    """
    streams = np.stack([relative[stream.id] for stream in STREAMS if stream.id in relative], axis=1)
    powers = np.power(np.maximum(streams, 0.0), 4)
    return np.asarray(np.round(np.power(np.sum(powers, axis=1), 0.25), 6), dtype=np.float64)


def risk(standing: float) -> float:
    """Return the risk (0-100) of a combined standing; 1, the threshold, is 50."""
    return 100.0 * (1.0 - float(2.0 ** -max(0.0, standing)))
