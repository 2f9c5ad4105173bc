"""What an attack is: a scenario that can be planted into a hospital at three intensities."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from detector.simulator.event_rows import Events, no_events

if TYPE_CHECKING:
    from detector.simulator.episodes import Stage
    from detector.simulator.plan import Intensity

Gap = tuple[str, int, int]
"""A source, and the seconds from and until which its rows are missing."""


@dataclass(frozen=True)
class Planting:
    """What an attack did: by whom, which rows it wrote, which rows it took away."""

    accounts: list[int]
    events: Events
    gap: Gap | None = None


@dataclass(frozen=True)
class Attack:
    """One scenario.

    `expected_patterns` are the patterns that a finding about it may be named after, `days` the
    shortest and longest duration, `plant` does it, or returns None where nobody suits.
    `harvest` tells that a list of its patients would be a leak of this culprit's making.
    """

    scenario: str
    summary: str
    expected_patterns: tuple[str, ...]
    days: tuple[int, int]
    plant: Callable[[Stage], Planting | None]
    harvest: bool = False


@dataclass(frozen=True)
class Performed:
    """One attack as it was planted; days count from the start, inclusive."""

    id: str
    scenario: str
    intensity: Intensity
    expected_patterns: tuple[str, ...]
    label: int
    first_day: int
    last_day: int
    accounts: list[int]
    events: Events
    gap: Gap | None


def nothing(accounts: list[int], gap: Gap) -> Planting:
    """Return a planting that writes no rows but takes some away."""
    return Planting(accounts, no_events(), gap)
