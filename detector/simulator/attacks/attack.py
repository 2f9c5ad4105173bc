"""What an attack is: how a simulated hospital's attackers perform one scenario, at three intensities."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from detector.model.scenarios import Intensity, Scenario
from detector.simulator.event_rows import Events, no_events

if TYPE_CHECKING:
    from detector.simulator.scene import Scene

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
    """How one scenario is performed.

    `days` is the shortest and longest duration; `plant` performs it, or returns None where nobody suits. `harvest`:
    a list of its patients would be a leak of this attacker's making. `drawn_as` is the name under which chance is
    drawn, where that is not the scenario's id: a scenario may get a better name, and equal seeds still give the same
    logs.
    """

    scenario: Scenario
    days: tuple[int, int]
    plant: Callable[[Scene], Planting | None]
    harvest: bool = False
    drawn_as: str = ""

    @property
    def chance_name(self) -> str:
        """The name under which this attack's chance is drawn; attacks are drawn in the order of these names."""
        return self.drawn_as or self.scenario.id


@dataclass(frozen=True)
class Performed:
    """One attack as it was planted; days count from the start, inclusive."""

    id: str
    scenario: Scenario
    intensity: Intensity
    label: int
    first_day: int
    last_day: int
    accounts: list[int]
    events: Events
    gap: Gap | None


def nothing(accounts: list[int], gap: Gap) -> Planting:
    """Return a planting that writes no rows but takes some away."""
    return Planting(accounts, no_events(), gap)
