"""Somebody who collects contact pages runs into records that were planted to be found."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from detector.model.scenarios import SCENARIOS
from detector.simulator.attacks.attack import Attack, Planting

if TYPE_CHECKING:
    from detector.simulator.scene import Scene


def plant(scene: Scene) -> Planting | None:
    """Let a nurse or clerk open one or several decoys."""
    hospital = scene.hospital
    account = scene.pick(hospital.accounts.with_role("nurse", "midwife", "clerk", "head_nurse"), duties=1)
    if account is None:
        return None
    patient = scene.rng.choice(hospital.decoys, size=round(scene.grade(1, 2, 4)), replace=False)
    duty = scene.shifts(account)
    if not len(duty):
        return None
    at = np.sort(scene.during(scene.rng.choice(duty, size=len(patient))))
    return Planting([account], scene.open(at, account, patient, "contact-page"))


ATTACK = Attack(SCENARIOS["decoy-access"], (2, 5), plant, drawn_as="decoy")
