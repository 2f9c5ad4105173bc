"""From outcomes to power: the share caught with its interval, delay, exposure, and the smallest intensity caught."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from detector.drill.campaign import EpisodeOutcome, Result
from detector.drill.planter import IntensityLevel, Planter
from detector.drill.planters import PLANTERS
from detector.model.scenarios import INTENSITIES, Family, Intensity
from detector.review.precision import wilson

NINE_IN_TEN: Final = 0.9
LEAST_EPISODES: Final = 5
"""Episodes of an intensity below which nothing is said about nine in ten."""


@dataclass(frozen=True, slots=True)
class Share:
    """``caught`` of ``planted`` episodes, and the 95 % interval of the share."""

    caught: int
    planted: int

    @property
    def value(self) -> float:
        """The share; 0 of none."""
        return self.caught / self.planted if self.planted else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson's 95 % interval; 0 to 1 of none."""
        return wilson(self.caught, self.planted)


@dataclass(frozen=True, slots=True)
class Power:
    """One planter at one intensity.

    ``delay_days`` (of the caught) and ``exposed`` (patients before the alert, all of them where there was none) are
    medians; ``smallest``: this is the smallest intensity from which on nine in ten are caught.
    """

    planter: Planter
    intensity: Intensity
    level: IntensityLevel
    share: Share
    delay_days: float | None
    exposed: float | None
    named: Share
    smallest: bool


def powers(result: Result) -> list[Power]:
    """Return one row for each planter and intensity in the order of the table, also where no account suited."""
    by_kind: dict[tuple[Planter, Intensity], list[EpisodeOutcome]] = {kind: [] for kind in result.left_out}
    for outcome in result.outcomes:
        by_kind.setdefault((outcome.episode.order.planter, outcome.episode.order.intensity), []).append(outcome)
    rows: list[Power] = []
    for planter in PLANTERS.values():
        shares = {
            intensity: share_of(by_kind[planter, intensity])
            for intensity in INTENSITIES
            if (planter, intensity) in by_kind
        }
        smallest = smallest_caught(shares)
        rows += [power(planter, intensity, by_kind[planter, intensity], intensity == smallest) for intensity in shares]
    return rows


def power(planter: Planter, intensity: Intensity, outcomes: Sequence[EpisodeOutcome], smallest: bool) -> Power:
    """Return the row of one planter and intensity."""
    caught = [one for one in outcomes if one.caught]
    delays = [one.delay_days for one in caught if one.delay_days is not None]
    return Power(
        planter=planter,
        intensity=intensity,
        level=outcomes[0].episode.order.level if outcomes else planter.levels[intensity],
        share=share_of(outcomes),
        delay_days=statistics.median(delays) if delays else None,
        exposed=statistics.median(one.exposed for one in outcomes) if outcomes else None,
        named=Share(sum(one.named_right for one in caught), len(caught)),
        smallest=smallest,
    )


def share_of(outcomes: Iterable[EpisodeOutcome]) -> Share:
    """Return how many of the outcomes were caught."""
    caught = [one.caught for one in outcomes]
    return Share(sum(caught), len(caught))


def smallest_caught(shares: dict[Intensity, Share]) -> Intensity | None:
    """Return the smallest intensity from which on every intensity is caught nine times in ten.

    None where there is none, or with too few episodes; an intensity that no account suited is passed over.
    """
    smallest: Intensity | None = None
    for intensity in reversed(INTENSITIES):
        if intensity in shares and shares[intensity].planted:
            if shares[intensity].value < NINE_IN_TEN or shares[intensity].planted < LEAST_EPISODES:
                break
            smallest = intensity
    return smallest


def curves(outcomes: Sequence[EpisodeOutcome]) -> dict[Family, dict[Intensity, Share]]:
    """Return family → intensity → share: the points of the power curves."""
    return {
        family: {
            intensity: share_of(some)
            for intensity in INTENSITIES
            if (
                some := [
                    one
                    for one in outcomes
                    if one.episode.order.planter.scenario.family is family and one.episode.order.intensity == intensity
                ]
            )
        }
        for family in Family
    }
