"""How many of the leaked patients an account would have opened, and how surprising more of them are."""

from __future__ import annotations

import math
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from detector.tracing.exposure import LeakExposure
from detector.tracing.leak_hypotheses import Floats

EXACT_UP_TO: Final = 400
"""Complaints up to which the tail is computed exactly; beyond, by its normal approximation."""


def opening_chances(exposure: LeakExposure) -> Floats:
    """Return (accounts, complaints): the chance that the account opens a patient like this who did not complain.

    Among the complaint's matched controls (same department, kind of visit and time), so that ward staff are expected
    to have opened the ward's patients; where there are none, among all patients. Half a control more keeps the chance
    from being 0 or 1.
    """
    complaints = exposure.complaints.select("patient_id").with_row_index("complaint")
    accounts = exposure.accounts.select("user_id").with_row_index("account")
    breadth = np.bincount(exposure.moments[-1].account, minlength=len(accounts)) / max(1, len(exposure.departments))
    opened = np.zeros((len(accounts), len(complaints)))
    sizes = np.zeros(len(complaints))
    rows = exposure.controls.join(complaints, on="patient_id")
    counts = rows.unique("complaint", keep="first", maintain_order=True)
    sizes[counts["complaint"].to_numpy()] = counts["controls"].to_numpy()
    placed = rows.filter(pl.col("user_id").is_not_null()).join(accounts, on="user_id")
    opened[placed["account"].to_numpy(), placed["complaint"].to_numpy()] = placed["opened"].to_numpy()
    matched = (opened + 0.5) / (sizes + 1)
    return np.asarray(np.where(sizes > 0, matched, np.clip(breadth[:, None], 1e-6, 1 - 1e-6)))


def tail_probabilities(chances: Floats, opened: NDArray[np.int64]) -> Floats:
    """Return (accounts): the chance to open at least so many of the complaints, each with a chance of its own.

    The Poisson binomial tail, by convolution one complaint at a time.
    """
    accounts, complaints = chances.shape
    if complaints > EXACT_UP_TO:
        mean, spread = chances.sum(axis=1), np.sqrt((chances * (1 - chances)).sum(axis=1))
        z = (opened - 0.5 - mean) / np.maximum(spread, 1e-9)
        return np.array([0.5 * math.erfc(one / math.sqrt(2)) for one in z.tolist()])
    counts = np.zeros((accounts, complaints + 1))
    counts[:, 0] = 1.0
    for place in range(complaints):
        chance = chances[:, place, None]
        counts[:, 1:] = counts[:, 1:] * (1 - chance) + counts[:, :-1] * chance
        counts[:, :1] *= 1 - chance
    tails = np.cumsum(counts[:, ::-1], axis=1)[:, ::-1]
    return np.asarray(np.minimum(1.0, tails[np.arange(accounts), opened]))
