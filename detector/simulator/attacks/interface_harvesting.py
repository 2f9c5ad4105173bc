"""Whoever runs an interface lets it read beyond its task: pages that it was approved for, of the whole archive."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from detector.model.scenarios import SCENARIOS
from detector.simulator.attacks.attack import Attack, Planting
from detector.simulator.vocabulary import DAY

if TYPE_CHECKING:
    from detector.simulator.scene import Scene

_CALLS: Final = {"if_lis": "result-pull", "if_region": "region-upload", "if_checkin": "check-in"}
"""What each interface can be asked for: the activity that reads it."""


def plant(scene: Scene) -> Planting | None:
    """Let a script ask a free interface for records in random order, round the clock."""
    hospital = scene.hospital
    free = [user for user in _CALLS if hospital.accounts.ids.index(user) not in scene.taken]
    if not free:
        return None
    user = free[int(scene.rng.integers(len(free)))]
    account = hospital.accounts.ids.index(user)
    scene.taken.add(account)
    known = np.flatnonzero(hospital.patients.registered < scene.first_day)
    known = np.setdiff1d(known, hospital.decoys)
    days = np.arange(scene.first_day, scene.last_day + 1)
    day = np.repeat(days, scene.rng.poisson(scene.grade(30, 100, 300), len(days)))
    at = np.sort(day * DAY + scene.rng.integers(0, DAY - 60, len(day)))
    patient = scene.rng.choice(known, size=min(len(at), len(known)), replace=False)
    place = int(hospital.accounts.department[account])
    return Planting([account], scene.open(at[: len(patient)], account, patient, _CALLS[user], place))


ATTACK = Attack(SCENARIOS["interface-harvesting"], (6, 14), plant, harvest=True)
