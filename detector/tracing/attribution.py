"""The posterior of accounts, pairs and none, who cannot be told apart, what would settle it.

Blame for a complaint is shared among those who could have brought it about and explained away by those who explain
the rest of the list as well, as in BreachRadar (Araujo et al., arXiv:2009.11751, 2020); here exactly, since one or two
accounts are enough to enumerate.
"""

from __future__ import annotations

import itertools
import math
from collections import Counter
from dataclasses import dataclass
from typing import Final

import numpy as np

from detector.tracing.exposure import Sightings
from detector.tracing.leak_hypotheses import (
    ALL_DAYS,
    ELSEWHERE,
    MACHINE,
    NONE_BELIEF,
    OPPORTUNITY,
    PAIR_BELIEF,
    SAME_JOB,
    Floats,
)
from detector.tracing.likelihood import Likelihood

PAIR_CANDIDATES: Final = 25
"""Accounts, best first, among which pairs are looked for."""
TOLD_APART: Final = 10.0
"""Odds from which one account is told apart from another: strong evidence on Jeffreys' scale."""
SETTLED: Final = 0.95
"""Posterior from which more complaints are not needed."""
WORTH_TELLING: Final = 0.01
"""Posterior from which it is worth saying who else it may be and what would settle it."""
MOST_NEEDED: Final = 100
"""More complaints than this are none that anybody will get: nothing would settle it."""


@dataclass(frozen=True, slots=True)
class Blame:
    """The verdict of the model, by account.

    `posterior` (accounts): probability that it is the source; of a pair each has half. `shared_with`: for some accounts
    the one with which it most probably shares the list, where that is likelier than either alone.
    `alike` (accounts): places of the accounts that it cannot be told apart from. `needed`: how many more complaints of
    this kind would settle it (0 = settled), None where too little speaks for it or no number of them would.
    """

    posterior: Floats
    shared_with: dict[int, int]
    alike: dict[int, list[int]]
    needed: dict[int, int | None]


def apportion(sightings: Sightings, likelihood: Likelihood) -> Blame:
    """Return the blame of every account."""
    prior = prior_beliefs(sightings, likelihood)
    alone = np.log1p(-NONE_BELIEF - PAIR_BELIEF) + np.log(prior) + likelihood.log_ratio
    opened = sightings.opened.sum(axis=1)
    order = np.lexsort((np.arange(len(alone)), -alone))
    candidates = [int(one) for one in order[:PAIR_CANDIDATES] if opened[one]]
    pairs = _pairs(sightings, likelihood, prior, candidates)
    total = np.logaddexp.reduce([math.log(NONE_BELIEF), *alone.tolist(), *pairs.values()])
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
              if posterior[one] >= WORTH_TELLING]  # fmt: skip
    none = max(0.0, 1.0 - float(posterior.sum()))
    partners = {account: partner for account, (_, partner) in shared.items()}
    return Blame(
        posterior,
        partners,
        alike(posterior, likely, partners),
        needed(sightings, likelihood, posterior, likely, partners, none),
    )


def prior_beliefs(sightings: Sightings, likelihood: Likelihood) -> Floats:
    """Return (accounts) what is believed before the list is looked at; sums to 1."""
    accounts = sightings.accounts
    jobs = list(zip(accounts["department"], accounts["role"], strict=True))
    holders = Counter(jobs)
    opportunity = likelihood.sizes[:, 0, :, ALL_DAYS].mean(axis=0) ** OPPORTUNITY
    same_job = np.array([holders[job] for job in jobs], dtype=np.float64) ** -SAME_JOB
    person = np.where((accounts["account_type"].fill_null("human") == "human").to_numpy(), 1.0, MACHINE)
    prior = opportunity * same_job * person
    return np.asarray(prior / prior.sum())


def _pairs(
    sightings: Sightings, likelihood: Likelihood, prior: Floats, candidates: list[int]
) -> dict[tuple[int, int], float]:
    """Return the log of prior times likelihood of pairs that share a list in equal parts.

    What each of the two passes on is taken from the list itself; each pays for that what it pays alone.
    """
    ratios = {one: likelihood.complaint_ratios(sightings, one) for one in candidates}
    paid = {
        one: float(likelihood.log_ratio[one] - np.log((1 - ELSEWHERE) * ratios[one] + ELSEWHERE).sum())
        for one in candidates
    }
    return {
        (one, other): math.log(2 * PAIR_BELIEF * prior[one] * prior[other])
        + min(0.0, paid[one])
        + min(0.0, paid[other])
        + float(np.log((1 - ELSEWHERE) * (ratios[one] + ratios[other]) / 2 + ELSEWHERE).sum())
        for one, other in itertools.combinations(sorted(candidates), 2)
    }


def alike(posterior: Floats, likely: list[int], partners: dict[int, int]) -> dict[int, list[int]]:
    """Return for each likely account those whose odds against it lie within ``TOLD_APART``, best first; no partners."""
    return {
        one: [
            other
            for other in likely
            if other not in (one, partners.get(one)) and 1 / TOLD_APART < posterior[other] / posterior[one] < TOLD_APART
        ]
        for one in likely
    }  # fmt: skip


def needed(
    sightings: Sightings,
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
    densities = {one: passing_on(sightings, likelihood, one) for one in likely}
    nobody = segment_share(likelihood)
    found: dict[int, int | None] = {}
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
        found[one] = 0 if settled else None if None in counts else max(1, *(count or 0 for count in counts))
    return found


def passing_on(sightings: Sightings, likelihood: Likelihood, account: int) -> Floats:
    """Return (patients): with which probability the next complaint is each patient, if the account is the source."""
    last = len(sightings.moments) - 1
    moment = sightings.moments[last]
    rows = np.flatnonzero(moment.account == account)
    share = segment_share(likelihood)
    ratios = np.zeros(len(share))
    ratios[moment.patient[rows]] = likelihood.ratios(last, account, moment.masks[rows])
    given = share * ratios
    if given.sum() > 0:
        given /= given.sum()
    return np.asarray((1 - ELSEWHERE) * given + ELSEWHERE * share)


def segment_share(likelihood: Likelihood) -> Floats:
    """Return (patients): with which probability a complaint from elsewhere is each patient."""
    return np.asarray(likelihood.weights / likelihood.segment)


def divergence(one: Floats, other: Floats) -> float:
    """Return the Kullback-Leibler divergence in nats; all probabilities are positive."""
    return float(np.sum(one * np.log(one / other)))


def _complaints(missing: float, gain: float) -> int | None:
    """Return how many complaints of `gain` nats make up for the `missing` ones; None where it is too many."""
    if missing <= 0:
        return 0
    count = math.ceil(missing / gain) if gain > missing / MOST_NEEDED else MOST_NEEDED + 1
    return count if count <= MOST_NEEDED else None
