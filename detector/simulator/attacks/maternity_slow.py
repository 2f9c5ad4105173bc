"""A nurse of the ward sells its mothers: contact pages in office hours, a few a shift, for weeks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from detector.model.scenarios import SCENARIOS
from detector.simulator.attacks.attack import Attack, Planting
from detector.simulator.attacks.harvesting import Shares, clustered, obstetric_staff, sold_mothers

if TYPE_CHECKING:
    from detector.simulator.scene import Scene


def plant(scene: Scene) -> Planting | None:
    """Let a nurse, often the head nurse, open pages of mothers whom she does not care for."""
    roles = ("head_nurse",) if scene.rng.random() < 0.35 else ("nurse", "midwife")
    account = scene.pick(obstetric_staff(scene, *roles), duties=8)
    if account is None:
        return None
    duty = scene.per_shift(account, scene.grade(1.7, 4.2, 9.0), skip=0.15)
    rows = sold_mothers(scene, account, clustered(scene, duty), Shares(0.35, 0.3, 0.35), "contact-page")
    return Planting([account], rows)


ATTACK = Attack(SCENARIOS["maternity-slow"], (22, 38), plant, harvest=True)
