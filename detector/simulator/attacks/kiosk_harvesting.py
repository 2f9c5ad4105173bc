"""Somebody stands at a self-service kiosk with a list of other people's identity numbers and types in one by one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from detector.model.scenarios import SCENARIOS
from detector.simulator.attacks.attack import Attack, Planting
from detector.simulator.vocabulary import DAY, HOUR

if TYPE_CHECKING:
    from detector.simulator.scene import Scene

_OPENS, _CLOSES = int(7.5 * HOUR), int(17.5 * HOUR)
_ADULT: int = 18 * 365


def plant(scene: Scene) -> Planting | None:
    """Let one kiosk show and print what it has of adults from anywhere in the archive, while the hall is open."""
    hospital, accounts = scene.hospital, scene.hospital.accounts
    free = [user for user in accounts.with_role("kiosk").tolist() if user not in scene.taken]
    if not free:
        return None
    account = free[int(scene.rng.integers(len(free)))]
    scene.taken.add(account)
    known = np.flatnonzero((hospital.patients.registered < scene.first_day) & (hospital.patients.born < -_ADULT))
    known = np.setdiff1d(known, hospital.decoys)
    days = np.arange(scene.first_day, scene.last_day + 1)
    day = np.repeat(days, scene.rng.poisson(scene.grade(10, 40, 120), len(days)))
    at = np.sort(day * DAY + scene.rng.integers(_OPENS, _CLOSES, len(day)))
    patient = scene.rng.choice(known, size=min(len(at), len(known)), replace=False)
    place = int(accounts.department[account])
    return Planting([account], scene.open(at[: len(patient)], account, patient, "self-service", place))


ATTACK = Attack(SCENARIOS["kiosk-harvesting"], (6, 14), plant, harvest=True)
