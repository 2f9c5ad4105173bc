"""The third-party check-in service reads pregnancy records besides the names that it was approved for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from detector.model.scenarios import SCENARIOS
from detector.simulator.attacks.attack import Attack, Planting
from detector.simulator.patients import OUTPATIENT
from detector.simulator.vocabulary import DAY

if TYPE_CHECKING:
    from detector.simulator.scene import Scene


def plant(scene: Scene) -> Planting | None:
    """Let the check-in account open obstetric pages of some of the women who come to the clinic."""
    hospital = scene.hospital
    account = hospital.accounts.ids.index("if_checkin")
    if account in scene.taken:
        return None
    scene.taken.add(account)
    encounters = hospital.encounters
    came = np.flatnonzero(
        np.isin(encounters.department, hospital.coded("OB"))
        & (encounters.kind == OUTPATIENT)
        & (encounters.start >= scene.first_day * DAY)
        & (encounters.start < (scene.last_day + 1) * DAY)
    )
    some = came[scene.rng.random(len(came)) < scene.grade(0.1, 0.35, 0.9)]
    at = encounters.start[some] - scene.rng.integers(30, 1500, len(some))
    rows = scene.open(at, account, encounters.patient[some], "obstetric-pull")
    return Planting([account], rows)


ATTACK = Attack(SCENARIOS["checkin-scope"], (8, 16), plant)
