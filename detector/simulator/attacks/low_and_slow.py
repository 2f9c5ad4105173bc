"""One or two mothers more a day than the work needs, for two months."""

from __future__ import annotations

from typing import TYPE_CHECKING

from detector.model.scenarios import SCENARIOS
from detector.simulator.attacks.attack import Attack, Planting
from detector.simulator.attacks.harvesting import Shares, clustered, obstetric_staff, sold_mothers

if TYPE_CHECKING:
    from detector.simulator.scene import Scene


def plant(scene: Scene) -> Planting | None:
    """Let somebody of the unit take very few at a time."""
    account = scene.pick(obstetric_staff(scene, "nurse", "midwife", "doctor", "head_nurse"), duties=10)
    if account is None:
        return None
    duty = scene.per_shift(account, scene.grade(0.9, 1.4, 2.1))
    rows = sold_mothers(scene, account, clustered(scene, duty), Shares(0.3, 0.35, 0.35), "contact-page")
    return Planting([account], rows)


ATTACK = Attack(SCENARIOS["low-and-slow"], (50, 62), plant, harvest=True)
