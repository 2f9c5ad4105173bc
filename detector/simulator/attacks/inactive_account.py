"""The account of somebody who left still works, and somebody uses it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from detector.model.scenarios import SCENARIOS
from detector.simulator.attacks.attack import Attack, Planting
from detector.simulator.vocabulary import DAY, HOUR

if TYPE_CHECKING:
    from detector.simulator.scene import Scene


def plant(scene: Scene) -> Planting | None:
    """Let a leaver's account open records, at the old ward or through remote access."""
    hospital, accounts = scene.hospital, scene.hospital.accounts
    gone = np.flatnonzero(accounts.left & (accounts.ended < scene.first_day - 1) & accounts.human)
    gone = np.array([account for account in gone.tolist() if account not in scene.taken])
    if not len(gone):
        scene.first_day = min(scene.first_day + 5, hospital.plan.days - 2)
        return None
    account = int(gone[scene.rng.integers(0, len(gone))])
    scene.taken.add(account)
    count = round(scene.grade(6, 16, 40))
    day = scene.first_day + scene.rng.integers(0, scene.last_day - scene.first_day + 1, count)
    at = np.sort(day * DAY + 9 * HOUR + (scene.rng.random(count) * 12 * HOUR).astype(np.int64))
    pool = np.unique(hospital.encounters.patient[np.abs(hospital.encounters.start - scene.first_day * DAY) < 20 * DAY])
    patient = scene.rng.choice(pool, size=min(count, len(pool)), replace=False)
    place = hospital.places.remote if scene.rng.random() < 0.4 else int(accounts.department[account])
    return Planting([account], scene.open(at[: len(patient)], account, patient, "snoop", place))


ATTACK = Attack(SCENARIOS["inactive-account"], (3, 8), plant, drawn_as="ex-employee")
