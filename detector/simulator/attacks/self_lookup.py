"""Somebody opens the own record."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from detector.model.scenarios import SCENARIOS
from detector.simulator.attacks.attack import Attack, Planting

if TYPE_CHECKING:
    from detector.simulator.scene import Scene


def plant(scene: Scene) -> Planting | None:
    """Let somebody with a record of the own look at it between other work."""
    _hospital, accounts = scene.hospital, scene.hospital.accounts
    people = accounts.with_role("doctor", "nurse", "resident", "head_nurse", "technician", "pharmacist", "midwife")
    account = scene.pick(people[accounts.record[people] >= 0], duties=1)
    if account is None:
        return None
    duty = scene.shifts(account)
    if not len(duty):
        return None
    count = round(scene.grade(1, 2, 5))
    at = np.sort(scene.during(scene.rng.choice(duty, size=count)))
    own = np.full(count, accounts.record[account])
    return Planting([account], scene.open(at, account, own, "snoop"))


ATTACK = Attack(SCENARIOS["self-lookup"], (1, 6), plant, drawn_as="self")
