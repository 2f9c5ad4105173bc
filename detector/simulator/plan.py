"""What to simulate: the plan of one synthetic hospital."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Final, Literal, cast

from detector.model.scenarios import INTENSITIES, Intensity

HospitalKind = Literal["maternity", "general"]

KINDS: Final[tuple[HospitalKind, ...]] = ("maternity", "general")

MIN_STAFF: Final = 50
MAX_STAFF: Final = 5000


@dataclass(frozen=True)
class AttackOrder:
    """One attack to plant: a scenario's id and how hard the attacker goes about it."""

    scenario: str
    intensity: Intensity

    @classmethod
    def parse(cls, text: str) -> AttackOrder:
        """Read ``SCENARIO`` or ``SCENARIO:INTENSITY`` (medium where none is given)."""
        scenario, _, intensity = text.partition(":")
        if (intensity or "medium") not in INTENSITIES:
            message = f"{text}: intensity is one of {', '.join(INTENSITIES)}"
            raise ValueError(message)
        return cls(scenario, cast("Intensity", intensity or "medium"))


@dataclass(frozen=True)
class SimulationPlan:
    """Everything that determines a synthetic hospital; equal plans give equal bytes.

    `attacks` is a number of attacks to draw, or the attacks themselves; None draws a number that
    suits the size. `clean` leaves out attacks and hard innocents alike.
    """

    kind: HospitalKind = "maternity"
    staff: int = 300
    days: int = 60
    start: dt.date = dt.date(2026, 6, 1)
    seed: int = 1
    attacks: int | tuple[AttackOrder, ...] | None = None
    hard: bool = True
    clean: bool = False
    compress: bool = True
    name: str | None = None

    def __post_init__(self) -> None:
        """Refuse plans that no hospital could follow."""
        if self.kind not in KINDS:
            message = f"kind is one of {', '.join(KINDS)}, not {self.kind}"
            raise ValueError(message)
        if not MIN_STAFF <= self.staff <= MAX_STAFF:
            message = f"staff must be between {MIN_STAFF} and {MAX_STAFF}, not {self.staff}"
            raise ValueError(message)
        if self.days < 1:
            message = f"days must be at least 1, not {self.days}"
            raise ValueError(message)

    @property
    def first_attack_day(self) -> int:
        """The day (0 = start) from which attacks may begin: two weeks of peace where they fit."""
        return min(20, max(1, self.days // 3))
