"""A harvest that begins with next to nothing and grows, so that each week looks like the week before."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from detector.model.scenarios import SCENARIOS
from detector.simulator.attacks.attack import Attack, Planting
from detector.simulator.attacks.harvesting import Shares, clustered, obstetric_staff, sold_mothers
from detector.simulator.chance import spread

if TYPE_CHECKING:
    from detector.simulator.scene import Scene


def plant(scene: Scene) -> Planting | None:
    """Let a nurse start with one page in three shifts and end with several a shift."""
    account = scene.pick(obstetric_staff(scene, "nurse", "midwife", "head_nurse"), duties=10)
    if account is None:
        return None
    duty = scene.shifts(account)
    final = scene.grade(3.0, 6.0, 12.0)
    progress = np.linspace(0.0, 1.0, len(duty))
    count = scene.rng.poisson(0.3 + (final - 0.3) * progress**1.5)
    rows = sold_mothers(scene, account, clustered(scene, duty[spread(count)]), Shares(0.35, 0.3, 0.35), "contact-page")
    return Planting([account], rows)


ATTACK = Attack(SCENARIOS["ramp"], (34, 48), plant, harvest=True)
