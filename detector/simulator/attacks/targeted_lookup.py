"""Look-ups to order: a telephone or identity number comes in, the whole history goes out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from detector.model.scenarios import SCENARIOS
from detector.simulator.attacks.attack import Attack, Planting

if TYPE_CHECKING:
    from detector.simulator.scene import Scene


def plant(scene: Scene) -> Planting | None:
    """Let somebody with wide access find one unrelated patient at a time and read everything."""
    hospital = scene.hospital
    account = scene.pick(hospital.accounts.with_role("doctor", "nurse", "resident", "technician"), duties=10)
    if account is None:
        return None
    duty = scene.per_shift(account, scene.grade(0.22, 0.55, 1.1))
    at = np.sort(scene.during(duty))
    pool = np.unique(hospital.encounters.patient[hospital.encounters.start < scene.first_day * 86400])
    pool = scene.strangers(account, pool)
    pool = pool[hospital.patients.born[pool] < -18 * 365]
    patient = scene.rng.choice(pool, size=min(len(at), len(pool)), replace=False)
    rows = scene.open(at[: len(patient)], account, patient, "whole-history")
    return Planting([account], rows)


ATTACK = Attack(SCENARIOS["targeted-lookup"], (34, 48), plant, harvest=True, drawn_as="broker")
