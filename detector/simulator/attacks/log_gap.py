"""Somebody removed rows: one source is silent for hours in which people worked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from detector.model.scenarios import SCENARIOS
from detector.simulator.attacks.attack import Attack, Planting, nothing
from detector.simulator.vocabulary import DAY, HOUR

if TYPE_CHECKING:
    from detector.simulator.episodes import Stage


def plant(stage: Stage) -> Planting | None:
    """Take away all rows of one source for some hours of a day."""
    source = "his" if stage.rng.random() < 0.5 else "emr"
    hours = stage.grade(3, 6, 12)
    begin = stage.first_day * DAY + int((8 + stage.rng.random() * 3) * HOUR)
    return nothing([], (source, begin, begin + int(hours * HOUR)))


ATTACK = Attack(SCENARIOS["log-gap"], (1, 1), plant)
