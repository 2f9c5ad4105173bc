"""The system vendor's engineer on site reads results and contact pages, for which nothing was approved."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from detector.model.scenarios import SCENARIOS
from detector.simulator.attacks.attack import Attack, Planting
from detector.simulator.vocabulary import DAY, HOUR

if TYPE_CHECKING:
    from detector.simulator.scene import Scene


def plant(scene: Scene) -> Planting | None:
    """Let the vendor account open patients' records in the evenings."""
    hospital = scene.hospital
    account = hospital.accounts.ids.index("v_his")
    if account in scene.taken:
        return None
    scene.taken.add(account)
    days = np.arange(scene.first_day, scene.last_day + 1)
    day = np.repeat(days, scene.rng.poisson(scene.grade(1.5, 5.0, 20.0), len(days)))
    at = np.sort(day * DAY + 18 * HOUR + (scene.rng.random(len(day)) * 4 * HOUR).astype(np.int64))
    pool = np.unique(hospital.encounters.patient[hospital.encounters.start < scene.first_day * DAY])
    patient = scene.rng.choice(pool, size=min(len(at), len(pool)), replace=False)
    rows = scene.open(at[: len(patient)], account, patient, "record-step")
    return Planting([account], rows)


ATTACK = Attack(SCENARIOS["scope-violation"], (5, 12), plant, drawn_as="vendor-scope")
