"""Somebody who collects contact pages runs into records that were planted to be found."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from detector.model.scenarios import SCENARIOS
from detector.simulator.attacks.attack import Attack, Planting

if TYPE_CHECKING:
    from detector.simulator.episodes import Stage


def plant(stage: Stage) -> Planting | None:
    """Let a nurse or clerk open one or several decoys."""
    hospital = stage.hospital
    account = stage.pick(hospital.accounts.with_role("nurse", "midwife", "clerk", "head_nurse"), duties=1)
    if account is None:
        return None
    patient = stage.rng.choice(hospital.decoys, size=round(stage.grade(1, 2, 4)), replace=False)
    duty = stage.shifts(account)
    if not len(duty):
        return None
    at = np.sort(stage.during(stage.rng.choice(duty, size=len(patient))))
    return Planting([account], stage.open(at, account, patient, "contact-page"))


ATTACK = Attack(SCENARIOS["decoy-access"], (2, 5), plant, drawn_as="decoy")
