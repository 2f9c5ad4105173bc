"""How well each account explains a list of leaked patients.

The guilt model of Papadimitriou and Garcia-Molina (Data Leakage Detection, IEEE TKDE 23(1), 2011) asks with which
probability an agent leaked given the objects it was handed and the chance that an object comes from elsewhere. Here an
account is handed what it opened. If it is the source, a complaint is with probability 1 - ELSEWHERE one of the records
that it passes on, each as likely as any other, and otherwise any patient of the target population. So each complaint
that the account had opened speaks for it by (target population) / (records it may have passed on), each other one
against it; whoever opened everything gains nothing from having opened these.

What it passes on is a part of what it opened (``leak_hypotheses``): a manner of exposure within a window of days. The
likelihood is averaged over all parts, so a part that fits by chance is paid for by the many that were looked at.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from detector.tracing.exposure import LeakExposure, Moment
from detector.tracing.leak_hypotheses import (
    ALL_DAYS,
    ELSEWHERE,
    MANNERS,
    MASK_IN_WINDOW,
    MASKS,
    STRAY,
    WINDOWS,
    Floats,
    window_beliefs,
)

CHUNK_CELLS: Final = 4_000_000
"""Numbers of one step of the computation, to bound memory."""


@dataclass(frozen=True, slots=True)
class Likelihood:
    """How well each account explains the list.

    `log_ratio` (accounts): log of the list's probability if the account is the source, over that if it comes from
    elsewhere altogether. `parts` (accounts, manners, windows): what each then passed on, given the list; sums to 1.
    `sizes` (moments, manners, accounts, windows): patients in each part, weighted by `weights`, and one more of the
    list's own kind, which keeps a part of one patient from weighing too much. `weights` (patients): how much more often
    the list takes such patients than chance would. `population`: the weight of all patients.
    """

    log_ratio: Floats
    parts: Floats
    sizes: Floats
    weights: Floats
    population: float

    def complaint_ratios(self, exposure: LeakExposure, account: int) -> Floats:
        """Return (complaints): how much likelier the account than chance is to bring about each complaint."""
        ratios = np.zeros(exposure.complaints.height)
        for moment in np.unique(exposure.moment_of):
            rows = np.flatnonzero(exposure.moment_of == moment)
            ratios[rows] = self.ratios(int(moment), account, exposure.masks[account, rows])
        return ratios

    def ratios(self, moment: int, account: int, masks: NDArray[np.uint8]) -> Floats:
        """Return (rows): how much likelier the account passes on records opened like `masks` (rows, manners)."""
        shares = (1 - STRAY) * self.parts[account] / self.sizes[moment, :, account]
        by_mask = MASK_IN_WINDOW @ shares.T
        usual = by_mask[masks, np.arange(len(MANNERS))].sum(axis=1)
        stray = STRAY / self.sizes[moment, 0, account, ALL_DAYS] * (masks[:, 0] != 0)
        return np.asarray(self.population * (usual + stray))


def account_likelihoods(exposure: LeakExposure, weights: Floats) -> Likelihood:
    """Weigh every account against the list; `weights` (patients) are those of the target population."""
    typical = float(np.median(_listed_weights(exposure, weights)))
    count = len(exposure.accounts)
    sizes = np.stack([part_sizes(one, weights, count) for one in exposure.moments]) + typical
    population = float(weights.sum())
    beliefs = np.log([one.belief for one in MANNERS])[:, None] + np.log(window_beliefs())[None, :]
    evidence = np.full((count, len(MANNERS), len(WINDOWS)), exposure.complaints.height * np.log(ELSEWHERE))
    exposed = np.flatnonzero(exposure.opened.any(axis=1))
    step = max(1, CHUNK_CELLS // (exposure.complaints.height * len(WINDOWS)))
    for start in range(0, len(exposed), step):
        chunk = exposed[start : start + step]
        evidence[chunk] = _evidence(exposure, sizes, population, chunk)
    joint = evidence + beliefs
    log_ratio = np.logaddexp.reduce(joint.reshape(count, -1), axis=1)
    parts = np.exp(joint - log_ratio[:, None, None])
    return Likelihood(log_ratio, parts, sizes, weights, population)


def part_sizes(moment: Moment, weights: Floats, accounts: int) -> Floats:
    """Return (manners, accounts, windows): the weight of the patients in each part of what each account opened."""
    weight = weights[moment.patient]
    return np.stack([
        np.bincount(
            moment.account * MASKS + moment.masks[:, manner], weights=weight, minlength=accounts * MASKS
        ).reshape(accounts, MASKS)
        @ MASK_IN_WINDOW
        for manner in range(len(MANNERS))
    ])  # fmt: skip


def _listed_weights(exposure: LeakExposure, weights: Floats) -> Floats:
    rows = exposure.departments["patient_id"].is_in(exposure.complaints["patient_id"].to_list()).to_numpy()
    return np.asarray(weights[rows])


def _evidence(exposure: LeakExposure, sizes: Floats, population: float, chunk: NDArray[np.int64]) -> Floats:
    """Return (chunk, manners, windows): log-likelihood ratio of each part for some accounts."""
    at = exposure.moment_of
    masks = exposure.masks[chunk]
    everything = sizes[at][:, 0, chunk, ALL_DAYS].T
    stray = STRAY * (masks[:, :, 0] != 0) / everything
    log_ratios = np.empty((len(chunk), len(MANNERS), len(WINDOWS)))
    for manner in range(len(MANNERS)):
        inside = MASK_IN_WINDOW[masks[:, :, manner]]
        size = sizes[:, manner][:, chunk][at].transpose(1, 0, 2)
        ratio = population * ((1 - STRAY) * inside / size + stray[:, :, None])
        log_ratios[:, manner] = np.log((1 - ELSEWHERE) * ratio + ELSEWHERE).sum(axis=1)
    return log_ratios
