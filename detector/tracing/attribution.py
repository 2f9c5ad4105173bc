"""Attribution of a list to accounts: the posterior of accounts, pairs and none, their rivals, what would settle it.

A complaint is attributed to all who could have brought it about, and explained away by those who explain the rest of
the list as well, as in BreachRadar (Araujo et al., arXiv:2009.11751, 2020); here by enumeration, since sources of one
or two accounts are few enough.
"""

from __future__ import annotations

import itertools
import math
from collections import Counter
from dataclasses import dataclass
from typing import Final

import numpy as np

from detector.tracing.account_likelihood import Likelihood, Mixtures
from detector.tracing.exposure import LeakExposure
from detector.tracing.leak_hypotheses import (
    ALL_DAYS,
    MACHINE,
    NONE_BELIEF,
    OPPORTUNITY,
    OUTSIDE,
    PAIR_BELIEF,
    SAME_JOB,
    Floats,
)

PAIR_CANDIDATES: Final = 25
"""Accounts, best first, among which pairs are looked for."""
SPLITS: Final = (0.3, 0.5, 0.7)
"""Shares that the first of two accounts may have of what the two passed on."""
DISTINGUISHING_ODDS: Final = 10.0
"""Odds from which two accounts are distinguishable: strong evidence on Jeffreys' scale."""
SETTLED: Final = 0.95
"""Posterior from which more complaints are not needed."""
REPORTED_FROM: Final = 0.01
"""Posterior from which an account's rivals, and what would settle it, are computed."""
MOST_NEEDED: Final = 100
"""If more complaints than this are needed, nothing would settle it: nobody will get so many."""


@dataclass(frozen=True, slots=True)
class Attribution:
    """How far the list is attributed to each account; accounts are given by position.

    `posterior` (accounts): probability that it is the source; of a pair each has half. `shared_with`: the partner of a
    pair that is likelier than either of the two alone. `indistinguishable`: the rivals whose odds against it lie within
    ``DISTINGUISHING_ODDS``. `complaints_needed`: how many more complaints of this kind would settle it (0 = settled),
    None where too little speaks for it or no number of them would.
    """

    posterior: Floats
    shared_with: dict[int, int]
    indistinguishable: dict[int, list[int]]
    complaints_needed: dict[int, int | None]


def attribute(exposure: LeakExposure, likelihood: Likelihood) -> Attribution:
    """Attribute the list to accounts."""
    prior = prior_beliefs(exposure, likelihood)
    inside = len(prior) / (len(prior) + OUTSIDE)
    alone = math.log(inside * (1 - NONE_BELIEF - PAIR_BELIEF)) + np.log(prior) + likelihood.log_ratio
    opened = exposure.opened.sum(axis=1)
    order = np.lexsort((np.arange(len(alone)), -alone))
    candidates = [int(one) for one in order[:PAIR_CANDIDATES] if opened[one]]
    pairs = {pair: math.log(inside) + joint for pair, joint in _pairs(exposure, likelihood, prior, candidates).items()}
    nobody = math.log(1 - inside * (1 - NONE_BELIEF)) + likelihood.background.log_ratio
    total = np.logaddexp.reduce([nobody, *alone.tolist(), *pairs.values()])
    posterior = np.exp(alone - total)
    shared: dict[int, tuple[float, int]] = {}
    for (one, other), joint in pairs.items():
        half = math.exp(joint - total) / 2
        posterior[one] += half
        posterior[other] += half
        if joint > max(alone[one], alone[other]):
            for account, partner in ((one, other), (other, one)):
                shared[account] = max(shared.get(account, (0.0, -1)), (half, partner))
    likely = [one for one in np.lexsort((np.arange(len(posterior)), -posterior)).tolist()
              if posterior[one] >= REPORTED_FROM]  # fmt: skip
    none = max(0.0, 1.0 - float(posterior.sum()))
    partners = {account: partner for account, (_, partner) in shared.items()}
    return Attribution(
        posterior,
        partners,
        indistinguishable(posterior, likely, partners),
        complaints_needed(exposure, likelihood, posterior, likely, partners, none),
    )


def prior_beliefs(exposure: LeakExposure, likelihood: Likelihood) -> Floats:
    """Return (accounts): the prior probability that the account is the source; sums to 1."""
    accounts = exposure.accounts
    jobs = list(zip(accounts["department"], accounts["role"], strict=True))
    holders = Counter(jobs)
    person = (accounts["account_type"].fill_null("human") == "human").to_numpy()
    seen = likelihood.sizes[:, 0, :, ALL_DAYS].mean(axis=0)
    usual = float(np.median(seen[person])) if person.any() else 1.0
    opportunity = np.where(person, seen, np.minimum(seen, usual)) ** OPPORTUNITY
    same_job = np.array([holders[job] for job in jobs], dtype=np.float64) ** -SAME_JOB
    prior = opportunity * same_job * np.where(person, 1.0, MACHINE)
    return np.asarray(prior / prior.sum())


def _pairs(
    exposure: LeakExposure, likelihood: Likelihood, prior: Floats, candidates: list[int]
) -> dict[tuple[int, int], float]:
    """Return the log of prior times likelihood of pairs that share a list.

    What each of the two passes on is taken from the list itself; each pays for that what it pays alone.
    """
    mixed = Mixtures.of(likelihood.background)
    ratios = {one: likelihood.complaint_ratios(exposure, one) for one in candidates}

    def told(ratio: Floats) -> float:
        logs = mixed.unopened + np.log1p(ratio * mixed.gain).sum(axis=1)
        return float(np.logaddexp.reduce(logs))

    paid = {one: min(0.0, float(likelihood.log_ratio[one]) - told(ratios[one])) for one in candidates}
    splits = [(share, 1 - share) for share in SPLITS]
    return {
        (one, other): math.log(2 * PAIR_BELIEF * prior[one] * prior[other] / len(splits))
        + paid[one]
        + paid[other]
        + float(np.logaddexp.reduce([told(mine * ratios[one] + its * ratios[other]) for mine, its in splits]))
        for one, other in itertools.combinations(sorted(candidates), 2)
    }


def indistinguishable(posterior: Floats, likely: list[int], partners: dict[int, int]) -> dict[int, list[int]]:
    """Return each likely account's rivals by ``DISTINGUISHING_ODDS``, best first; a partner is no rival."""

    def near(account: int, other: int) -> bool:
        return bool(1 / DISTINGUISHING_ODDS < posterior[other] / posterior[account] < DISTINGUISHING_ODDS)

    return {
        account: [other for other in likely if other not in (account, partners.get(account)) and near(account, other)]
        for account in likely
    }


def complaints_needed(
    exposure: LeakExposure,
    likelihood: Likelihood,
    posterior: Floats,
    likely: list[int],
    partners: dict[int, int],
    none: float,
) -> dict[int, int | None]:
    """Return how many more complaints would bring each likely account to ``SETTLED``, if it is the source.

    One more complaint from it moves the odds against a rival on average by the Kullback-Leibler divergence of what the
    two pass on; the rival that takes longest decides. Of a pair both count as one.
    """
    densities = {one: next_complaint(exposure, likelihood, one) for one in likely}
    nobody = likelihood.background.density
    counts_needed: dict[int, int | None] = {}
    for one in likely:
        partner = partners.get(one)
        own = float(posterior[one]) + (0.0 if partner is None else float(posterior[partner]))
        rivals = [(float(posterior[other]), densities[other]) for other in likely if other not in (one, partner)]
        rivals.append((none, nobody))
        target = math.log(SETTLED / (1 - SETTLED) * len(rivals))
        counts = [
            _complaints(target - math.log(own / odds), divergence(densities[one], density))
            for odds, density in rivals
            if odds > 0
        ]
        settled = own >= SETTLED
        counts_needed[one] = 0 if settled else None if None in counts else max(1, *(count or 0 for count in counts))
    return counts_needed


def next_complaint(exposure: LeakExposure, likelihood: Likelihood, account: int) -> Floats:
    """Return (patients): the probability that the next complaint is that patient, if the account is the source."""
    last = len(exposure.moments) - 1
    moment = exposure.moments[last]
    rows = np.flatnonzero(moment.account == account)
    elsewhere = likelihood.background.density
    given = np.zeros(len(elsewhere))
    given[moment.patient[rows]] = likelihood.ratios(last, account, moment.masks[rows])
    given *= likelihood.weights
    share = float(likelihood.shares[account])
    return np.asarray(share * given / given.sum() + (1 - share) * elsewhere if given.sum() > 0 else elsewhere)


def divergence(one: Floats, other: Floats) -> float:
    """Return the Kullback-Leibler divergence in nats; all probabilities are positive."""
    return float(np.sum(one * np.log(one / other)))


def _complaints(missing: float, gain: float) -> int | None:
    """Return how many complaints of `gain` nats make up for the `missing` ones; None where it is too many."""
    if missing <= 0:
        return 0
    count = math.ceil(missing / gain) if gain > missing / MOST_NEEDED else MOST_NEEDED + 1
    return count if count <= MOST_NEEDED else None
