"""A valid account is used from outside the hospital's network, by night."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from detector.model.scenarios import SCENARIOS
from detector.simulator.attacks.attack import Attack, Planting
from detector.simulator.vocabulary import DAY, HOUR

if TYPE_CHECKING:
    from detector.simulator.scene import Scene


def plant(scene: Scene) -> Planting | None:
    """Let a stolen password open unrelated records from a foreign address."""
    hospital = scene.hospital
    account = scene.pick(hospital.accounts.with_role("doctor", "nurse", "head_nurse", "midwife"), duties=1)
    if account is None:
        return None
    network = f"{scene.rng.choice([45, 91, 146, 185])}.{scene.rng.integers(16, 220)}.{scene.rng.integers(1, 250)}"
    place = hospital.places.outside(network)
    nights = round(scene.grade(1, 2, 4))
    per_night = round(scene.grade(4, 8, 16))
    day = np.repeat(scene.first_day + np.arange(min(nights, scene.last_day - scene.first_day + 1)), per_night)
    at = np.sort(day * DAY + HOUR // 2 + (scene.rng.random(len(day)) * 4 * HOUR).astype(np.int64))
    pool = scene.strangers(
        account, np.unique(hospital.encounters.patient[hospital.encounters.start < scene.first_day * DAY])
    )
    patient = scene.rng.choice(pool, size=len(at), replace=False)
    return Planting([account], scene.open(at, account, patient, "snoop", place))


ATTACK = Attack(SCENARIOS["external-network"], (2, 4), plant, drawn_as="external")
