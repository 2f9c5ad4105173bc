"""How well each account explains a list of leaked patients.

The guilt model of Papadimitriou and Garcia-Molina (Data Leakage Detection, IEEE TKDE 23(1), 2011) asks with which
probability an agent leaked given the objects it was handed and the chance that an object comes from elsewhere. Here an
account is handed what it opened. If it is a source, a share of the list is of the records that it passes on, each as
likely as any other, and the rest comes from elsewhere (``background``). So each complaint that the account had opened
speaks for it by (target population) / (records it may have passed on), each other one against it; whoever opened
everything gains nothing from having opened these.

What it passes on is a part of what it opened (``leak_hypotheses``): a manner of exposure within a window of days. The
likelihood is averaged over all parts, all shares and all parts of the background, so what fits by chance is paid for by
the many that were looked at.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from detector.tracing.background import Background
from detector.tracing.exposure import LeakExposure, Moment
from detector.tracing.leak_hypotheses import (
    ALL_DAYS,
    MANNERS,
    MASK_IN_WINDOW,
    MASKS,
    SHARES,
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

    `log_ratio` (accounts): log of the list's probability if the account is a source, over that if each complaint is any
    patient of the target population. `parts` (accounts, manners, windows): what each then passed on, given the list;
    sums to 1. `shares` (accounts): how much of the list then is from the account, given the list.
    `sizes` (moments, manners, accounts, windows): patients in each part, weighted by `weights`, and one more of the
    list's own kind, which keeps a part of one patient from weighing too much. `weights` (patients): how much more often
    the list takes such patients than chance would. `population`: the weight of all patients. `background`: the few
    parts of it that matter for this list.
    """

    log_ratio: Floats
    parts: Floats
    shares: Floats
    sizes: Floats
    weights: Floats
    population: float
    background: Background

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


def account_likelihoods(exposure: LeakExposure, weights: Floats, elsewhere: Background) -> Likelihood:
    """Weigh every account against the list; `weights` (patients) are those of the target population."""
    typical = float(np.median(_listed_weights(exposure, weights)))
    count = len(exposure.accounts)
    sizes = np.stack([part_sizes(one, weights, count) for one in exposure.moments]) + typical
    population = float(weights.sum())
    kept = elsewhere.kept()
    mixed = Mixtures.of(kept)
    log_ratio = np.full(count, np.logaddexp.reduce(mixed.unopened))
    parts = np.broadcast_to(np.exp(part_beliefs()), (count, len(MANNERS), len(WINDOWS))).copy()
    shares = np.full(count, float(mixed.share @ np.exp(mixed.unopened - log_ratio[0]))) if count else np.zeros(0)
    exposed = np.flatnonzero(exposure.opened.any(axis=1))
    for chunk, joint in joint_evidence(exposure, sizes, population, exposed, mixed):
        log_ratio[chunk] = np.logaddexp.reduce(joint.reshape(len(chunk), -1), axis=1)
        shown = np.exp(joint - log_ratio[chunk, None, None, None])
        parts[chunk] = shown.sum(axis=3)
        shares[chunk] = shown.sum(axis=(1, 2)) @ mixed.share
    return Likelihood(log_ratio, parts, shares, sizes, weights, population, kept)


@dataclass(frozen=True, slots=True)
class Mixtures:
    """Every share of the list that may come from accounts, with every part of the background for the rest.

    `share` (mixtures). `unopened` (mixtures): log of the prior belief and of the list's probability if the accounts had
    opened none of it. `gain` (mixtures, complaints): by how much a complaint's probability grows, relative to that, for
    each time that the account is likelier than chance to bring it about.
    """

    share: Floats
    unopened: Floats
    gain: Floats

    @classmethod
    def of(cls, kept: Background) -> Mixtures:
        """Return all pairs of a share and a part."""
        share = np.repeat([one for one, _ in SHARES], len(kept.beliefs))
        believed = np.log(np.outer([belief for _, belief in SHARES], kept.beliefs).ravel())
        rest = (1 - share)[:, None] * np.tile(kept.ratios, (len(SHARES), 1))
        return cls(share, believed + np.log(rest).sum(axis=1), share[:, None] / rest)


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


def part_beliefs() -> Floats:
    """Return (manners, windows): log of the prior belief in each part."""
    return np.asarray(np.log([one.belief for one in MANNERS])[:, None] + np.log(window_beliefs())[None, :])


def joint_evidence(
    exposure: LeakExposure, sizes: Floats, population: float, chosen: NDArray[np.int64], mixed: Mixtures
) -> Iterator[tuple[NDArray[np.int64], Floats]]:
    """Yield some of the accounts and (accounts, manners, windows, mixtures): log of belief times likelihood."""
    step = max(1, CHUNK_CELLS // (len(MANNERS) * len(WINDOWS) * len(mixed.share)))
    for start in range(0, len(chosen), step):
        chunk = chosen[start : start + step]
        yield chunk, _evidence(exposure, sizes, population, chunk, mixed) + part_beliefs()[None, :, :, None]


def _evidence(
    exposure: LeakExposure, sizes: Floats, population: float, chunk: NDArray[np.int64], mixed: Mixtures
) -> Floats:
    """Return (chunk, manners, windows, mixtures): log-likelihood ratio of each part and mixture for some accounts."""
    evidence = np.tile(mixed.unopened, (len(chunk), len(MANNERS), len(WINDOWS), 1))
    for complaint, moment in enumerate(exposure.moment_of.tolist()):
        masks = exposure.masks[chunk, complaint]
        rows = np.flatnonzero(masks[:, 0])
        size = sizes[moment][:, chunk[rows]].transpose(1, 0, 2)
        stray = STRAY / size[:, 0, ALL_DAYS]
        ratio = population * ((1 - STRAY) * MASK_IN_WINDOW[masks[rows]] / size + stray[:, None, None])
        evidence[rows] += np.log1p(ratio[..., None] * mixed.gain[:, complaint])
    return evidence
