"""Somebody removed rows: one source is silent for hours in which people worked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from detector.model.scenarios import SCENARIOS
from detector.simulator.attacks.attack import Attack, Planting, nothing
from detector.simulator.vocabulary import DAY, HOUR

if TYPE_CHECKING:
    from detector.simulator.scene import Scene


def plant(scene: Scene) -> Planting | None:
    """Take away all rows of one source for some hours of a day."""
    source = "his" if scene.rng.random() < 0.5 else "emr"
    hours = scene.grade(3, 6, 12)
    begin = scene.first_day * DAY + int((8 + scene.rng.random() * 3) * HOUR)
    return nothing([], (source, begin, begin + int(hours * HOUR)))


ATTACK = Attack(SCENARIOS["log-gap"], (1, 1), plant)
