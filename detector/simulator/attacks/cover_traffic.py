"""A harvester who makes it look like care: clinical pages around the contact page, a trivial note now and then."""

from __future__ import annotations

from typing import TYPE_CHECKING

from detector.model.scenarios import SCENARIOS
from detector.simulator.attacks.attack import Attack, Planting
from detector.simulator.attacks.harvesting import Shares, clustered, obstetric_staff, sold_mothers

if TYPE_CHECKING:
    from detector.simulator.scene import Scene


def plant(scene: Scene) -> Planting | None:
    """Let a nurse wrap every contact page into pages that look like work."""
    account = scene.pick(obstetric_staff(scene, "nurse", "midwife"), duties=8)
    if account is None:
        return None
    duty = scene.per_shift(account, scene.grade(1.6, 3.4, 7.0), skip=0.1)
    rows = sold_mothers(scene, account, clustered(scene, duty), Shares(0.45, 0.25, 0.3), "covered-contact")
    return Planting([account], rows)


ATTACK = Attack(SCENARIOS["cover-traffic"], (22, 36), plant, harvest=True, drawn_as="under-cover")
