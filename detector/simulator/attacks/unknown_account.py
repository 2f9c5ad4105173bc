"""An account made on the side, which no staff list has, opens records that have nothing to do with each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from detector.model.scenarios import SCENARIOS
from detector.simulator.attacks.attack import Attack, Planting
from detector.simulator.vocabulary import DAY, HOUR

if TYPE_CHECKING:
    from detector.simulator.scene import Scene


def plant(scene: Scene) -> Planting | None:
    """Let a new account of some ward or clinic look up patients of the last months, by day and in the evening."""
    hospital = scene.hospital
    units = hospital.with_shape("ward", "clinic")
    unit = units[int(scene.rng.integers(len(units)))]
    account = hospital.admit_unlisted(unit, "resident")
    scene.taken.add(account)
    days = np.arange(scene.first_day, scene.last_day + 1)
    day = np.repeat(days, np.maximum(scene.rng.poisson(scene.grade(5, 15, 40), len(days)), 1))
    at = np.sort(day * DAY + 8 * HOUR + scene.rng.integers(0, 13 * HOUR, len(day)))
    pool = np.unique(hospital.encounters.patient[hospital.encounters.start < scene.first_day * DAY])
    pool = np.setdiff1d(pool, hospital.decoys)
    patient = scene.rng.choice(pool, size=min(len(at), len(pool)), replace=False)
    return Planting([account], scene.open(at[: len(patient)], account, patient, "snoop", unit))


ATTACK = Attack(SCENARIOS["unknown-account"], (3, 8), plant)
