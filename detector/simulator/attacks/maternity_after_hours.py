"""A nurse sells the ward's mothers, but does it when nobody looks: after the shift, by night, on days off."""

from __future__ import annotations

from typing import TYPE_CHECKING

from detector.model.scenarios import SCENARIOS
from detector.simulator.attacks.attack import Attack, Planting
from detector.simulator.attacks.harvesting import Shares, after_hours, obstetric_staff, sold_mothers

if TYPE_CHECKING:
    from detector.simulator.scene import Scene


def plant(scene: Scene) -> Planting | None:
    """Let a nurse open mothers' pages outside her hours."""
    account = scene.pick(obstetric_staff(scene, "nurse", "midwife", "head_nurse"), duties=6)
    if account is None:
        return None
    times = after_hours(scene, account, scene.grade(2.2, 4.5, 8.0), scene.grade(0.4, 0.55, 0.7))
    return Planting([account], sold_mothers(scene, account, times, Shares(0.5, 0.2, 0.3), "contact-page"))


ATTACK = Attack(SCENARIOS["maternity-after-hours"], (14, 26), plant, harvest=True, drawn_as="maternity-afterhours")
