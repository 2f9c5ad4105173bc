"""A valid account is used from outside the hospital's network, by night."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from detector.model.scenarios import SCENARIOS
from detector.simulator.attacks.attack import Attack, Planting
from detector.simulator.vocabulary import DAY, HOUR

if TYPE_CHECKING:
    from detector.simulator.episodes import Stage


def plant(stage: Stage) -> Planting | None:
    """Let a stolen password open unrelated records from a foreign address."""
    hospital = stage.hospital
    account = stage.pick(hospital.accounts.with_role("doctor", "nurse", "head_nurse", "midwife"), duties=1)
    if account is None:
        return None
    network = f"{stage.rng.choice([45, 91, 146, 185])}.{stage.rng.integers(16, 220)}.{stage.rng.integers(1, 250)}"
    place = hospital.places.outside(network)
    nights = round(stage.grade(1, 2, 4))
    per_night = round(stage.grade(4, 8, 16))
    day = np.repeat(stage.first_day + np.arange(min(nights, stage.last_day - stage.first_day + 1)), per_night)
    at = np.sort(day * DAY + HOUR // 2 + (stage.rng.random(len(day)) * 4 * HOUR).astype(np.int64))
    pool = stage.strangers(
        account, np.unique(hospital.encounters.patient[hospital.encounters.start < stage.first_day * DAY])
    )
    patient = stage.rng.choice(pool, size=len(at), replace=False)
    return Planting([account], stage.open(at, account, patient, "snoop", place))


ATTACK = Attack(SCENARIOS["external-network"], (2, 4), plant, drawn_as="external")
