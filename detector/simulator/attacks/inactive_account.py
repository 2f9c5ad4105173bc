"""The account of somebody who left still works, and somebody uses it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from detector.model.scenarios import SCENARIOS
from detector.simulator.attacks.attack import Attack, Planting
from detector.simulator.vocabulary import DAY, HOUR

if TYPE_CHECKING:
    from detector.simulator.episodes import Stage


def plant(stage: Stage) -> Planting | None:
    """Let a leaver's account open records, at the old ward or through remote access."""
    hospital, accounts = stage.hospital, stage.hospital.accounts
    gone = np.flatnonzero(accounts.left & (accounts.ended < stage.first_day - 1) & accounts.human)
    gone = np.array([account for account in gone.tolist() if account not in stage.cast.taken])
    if not len(gone):
        stage.first_day = min(stage.first_day + 5, hospital.plan.days - 2)
        return None
    account = int(gone[stage.rng.integers(0, len(gone))])
    stage.cast.taken.add(account)
    count = round(stage.grade(6, 16, 40))
    day = stage.first_day + stage.rng.integers(0, stage.last_day - stage.first_day + 1, count)
    at = np.sort(day * DAY + 9 * HOUR + (stage.rng.random(count) * 12 * HOUR).astype(np.int64))
    pool = np.unique(hospital.encounters.patient[np.abs(hospital.encounters.start - stage.first_day * DAY) < 20 * DAY])
    patient = stage.rng.choice(pool, size=min(count, len(pool)), replace=False)
    place = hospital.places.remote if stage.rng.random() < 0.4 else int(accounts.department[account])
    return Planting([account], stage.open(at[: len(patient)], account, patient, "snoop", place))


ATTACK = Attack(SCENARIOS["inactive-account"], (3, 8), plant, drawn_as="ex-employee")
