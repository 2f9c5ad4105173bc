"""Where a list comes from if no account is the source, and where the rest of a list comes from if one is.

A rival's list, a telephone company's, another hospital's is no draw from all patients either: it names those who were
discharged from one ward in one week, say. If only accounts could explain what such patients have in common, whoever
works on that ward would be named. So the background has parts of its own, of the same kind as those of an account
(``leak_hypotheses``): patients who came, were there, or left, in a department of the list or in any, within a run of
days before the leak became known; and the target population as a whole. As with accounts all parts are averaged over,
none is chosen: the mixture of a suspect's part and a background is the contamination model of Papadimitriou and
Garcia-Molina (IEEE TKDE 23(1), 2011, "guilt"), with the guessing probability p spread over sets of patients; the
averaging over parts is MacKay's Occam factor (Information Theory, Inference, and Learning Algorithms, 2003, ch. 28).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from detector.tracing.exposure import LeakExposure
from detector.tracing.leak_hypotheses import (
    ALL_DAYS,
    ANY_PATIENT,
    EVERYBODY,
    MASK_IN_WINDOW,
    MASKS,
    SINGLE_DEPARTMENT,
    SPAN_STARTS,
    Floats,
    window_beliefs,
)

PRESENCES: Final = ("came", "there", "left")
"""How a visit can lie within a run of days: it began, lasted or ended then."""
KEPT: Final = 8
"""Parts of the background that are weighed together with each part of each account: those that explain the list best,
and as many that explain half of it best. What is believed of the others is given to the population as a whole."""

Bits = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Background:
    """The parts that a list from elsewhere may come from; the first is the target population as a whole.

    `beliefs` (parts): prior belief in each; they sum to 1. `ratios` (parts, complaints): how much likelier the part
    than the target population is to bring about each complaint. `density` (patients): the probability that the next
    complaint is that patient if none of the accounts is the source, given the list. `log_ratio`: log of the list's
    probability if it comes from the background, over that if each complaint is any patient of the target population.
    """

    beliefs: Floats
    ratios: Floats
    density: Floats
    log_ratio: float

    def kept(self) -> Background:
        """Return the few parts that matter for this list, so that each can be weighed with each part of an account."""
        logs = np.log(self.beliefs)
        whole = logs + np.log(self.ratios).sum(axis=1)
        half = logs + np.log1p(self.ratios).sum(axis=1)
        best = {
            0,
            *np.argsort(-whole, kind="stable")[:KEPT].tolist(),
            *np.argsort(-half, kind="stable")[:KEPT].tolist(),
        }
        chosen = np.array(sorted(best))
        beliefs = self.beliefs[chosen]
        beliefs[0] += 1 - beliefs.sum()
        return Background(beliefs, self.ratios[chosen], self.density, self.log_ratio)


def background(exposure: LeakExposure, weights: Floats) -> Background:
    """Weigh every part of the background against the list; `weights` (patients) are those of the target population."""
    population = float(weights.sum())
    number = exposure.departments.select("patient_id").with_row_index("patient")
    listed = exposure.complaints.join(number, on="patient_id", how="left", maintain_order="left")["patient"].to_numpy()
    visits = exposure.visits.join(number, on="patient_id")
    groups = _groups(visits, listed)
    sizes = np.stack([_sizes(visit_masks(groups, one.on, len(weights)), weights) for one in exposure.moments])
    sizes += float(np.median(weights[listed]))
    inside = np.zeros((len(groups), len(PRESENCES), len(MASK_IN_WINDOW[0]), len(listed)))
    dates = np.array(exposure.complaints["known_on"].to_list(), dtype="datetime64[D]")
    for on in np.unique(dates):
        at = np.flatnonzero(dates == on)
        masks = visit_masks(groups, on.item(), len(weights))[:, :, listed[at]]
        inside[..., at] = np.moveaxis(MASK_IN_WINDOW[masks], -1, -2)
    found = population * inside / np.moveaxis(sizes[exposure.moment_of], 0, -1)
    parts = found.reshape(-1, len(listed))
    ratios = np.concatenate([np.ones((1, len(listed))), *((1 - any_) * parts + any_ for any_ in ANY_PATIENT)])
    beliefs = _beliefs(sizes[-1, :, PRESENCES.index("there"), ALL_DAYS] / population)
    joint = np.log(beliefs) + np.log(ratios).sum(axis=1)
    log_ratio = float(np.logaddexp.reduce(joint))
    posterior = np.exp(joint - log_ratio)
    of_part = (
        posterior[1:].reshape(len(ANY_PATIENT), *sizes.shape[1:]) * (1 - np.array(ANY_PATIENT))[:, None, None, None]
    )
    by_mask = np.einsum("mw,gpw->gpm", MASK_IN_WINDOW, of_part.sum(axis=0) / sizes[-1])
    masks = visit_masks(groups, exposure.moments[-1].on, len(weights))
    given = np.take_along_axis(by_mask, masks.astype(np.int64), axis=2).sum(axis=(0, 1)) * weights
    return Background(beliefs, ratios, given + (1 - given.sum()) * weights / population, log_ratio)


def visit_masks(groups: list[pl.DataFrame], on: date, patients: int) -> Bits:
    """Return (groups, presences, patients): in which spans of days before a date each patient came, was there, left."""
    masks = np.zeros((len(groups), len(PRESENCES), patients), dtype=np.uint8)
    for group, visits in enumerate(groups):
        known = visits.filter(pl.col("came_on") <= on)
        left = (pl.col("left_on") <= on).fill_null(value=False)
        days = known.select(
            "patient",
            came=(on - pl.col("came_on")).dt.total_days(),
            there=pl.when(left).then((on - pl.col("left_on")).dt.total_days()).otherwise(0),
            left=left,
        )
        came, there = (_spans(days[name].to_numpy()) for name in ("came", "there"))
        bits = {
            "came": 1 << came,
            "there": (2 << came) - (1 << there),
            "left": np.where(days["left"].to_numpy(), 1 << there, 0),
        }
        for place, presence in enumerate(PRESENCES):
            np.bitwise_or.at(masks[group, place], days["patient"].to_numpy(), bits[presence].astype(np.uint8))
    return masks


def _groups(visits: pl.DataFrame, listed: NDArray[np.int64]) -> list[pl.DataFrame]:
    """Return the visits of all departments, then those of each department of the list."""
    of_list = visits.filter(pl.col("patient").is_in(listed.tolist()) & pl.col("department").is_not_null())
    return [visits, *(visits.filter(pl.col("department") == one) for one in of_list["department"].unique().sort())]


def _spans(days: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.searchsorted(np.array(SPAN_STARTS), days, side="right") - 1


def _sizes(masks: Bits, weights: Floats) -> Floats:
    """Return (groups, presences, windows): the weight of the patients in each part."""
    counted = [np.bincount(one, weights=weights, minlength=MASKS) for group in masks for one in group]
    return np.asarray((np.stack(counted) @ MASK_IN_WINDOW).reshape(*masks.shape[:2], -1))


def _beliefs(shares: Floats) -> Floats:
    """Return (parts): what is not believed of everybody is divided by department, any of them or a single one."""
    single = shares[1:] / max(shares[1:].sum(), 1e-9)
    groups = np.concatenate([[1 - SINGLE_DEPARTMENT], SINGLE_DEPARTMENT * single])
    parts = np.repeat(groups / groups.sum() / len(PRESENCES), len(PRESENCES))[:, None] * window_beliefs()
    mixed = np.tile(parts.ravel() / len(ANY_PATIENT), len(ANY_PATIENT))
    return np.concatenate([[EVERYBODY], (1 - EVERYBODY) * mixed])
