"""A technician looks at images and notes of people for whom there is no order."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from detector.model.scenarios import SCENARIOS
from detector.simulator.attacks.attack import Attack, Planting
from detector.simulator.vocabulary import DAY

if TYPE_CHECKING:
    from detector.simulator.scene import Scene


def plant(scene: Scene) -> Planting | None:
    """Let an imaging or laboratory technician open records that no work list named."""
    hospital = scene.hospital
    units = hospital.coded("US", "RAD", "LAB")
    people = np.concatenate([hospital.accounts.with_role("technician", department=unit) for unit in units])
    account = scene.pick(people, duties=6)
    if account is None:
        return None
    encounters = hospital.encounters
    recent = np.abs(encounters.start - scene.first_day * DAY) < 25 * DAY
    pool = scene.strangers(account, np.unique(encounters.patient[recent]))
    at = np.sort(scene.during(scene.per_shift(account, scene.grade(0.9, 2.0, 4.5), skip=0.25)))
    patient = scene.rng.choice(pool, size=min(len(at), len(pool)), replace=False)
    rows = scene.open(at[: len(patient)], account, patient, "image-browse")
    return Planting([account], rows)


ATTACK = Attack(SCENARIOS["imaging-snoop"], (14, 24), plant)
