"""Somebody opens the own record."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from detector.model.scenarios import SCENARIOS
from detector.simulator.attacks.attack import Attack, Planting

if TYPE_CHECKING:
    from detector.simulator.episodes import Stage


def plant(stage: Stage) -> Planting | None:
    """Let somebody with a record of the own look at it between other work."""
    _hospital, accounts = stage.hospital, stage.hospital.accounts
    people = accounts.with_role("doctor", "nurse", "resident", "head_nurse", "technician", "pharmacist", "midwife")
    account = stage.pick(people[accounts.record[people] >= 0], duties=1)
    if account is None:
        return None
    duty = stage.shifts(account)
    if not len(duty):
        return None
    count = round(stage.grade(1, 2, 5))
    at = np.sort(stage.during(stage.rng.choice(duty, size=count)))
    own = np.full(count, accounts.record[account])
    return Planting([account], stage.open(at, account, own, "snoop"))


ATTACK = Attack(SCENARIOS["self-lookup"], (1, 6), plant, drawn_as="self")
