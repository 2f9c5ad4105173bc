"""A nurse sells the telephone numbers of women who have just gone home, in the days when the ward calls them anyway."""

from __future__ import annotations

from typing import TYPE_CHECKING

from detector.model.scenarios import SCENARIOS
from detector.simulator.attacks.attack import Attack, Planting
from detector.simulator.attacks.harvesting import Mothers, every_shift, obstetric_staff

if TYPE_CHECKING:
    from detector.simulator.scene import Scene


def plant(scene: Scene) -> Planting | None:
    """Let a nurse open contact pages of mothers discharged one to three days ago."""
    account = scene.pick(obstetric_staff(scene, "nurse", "midwife"), duties=8)
    if account is None:
        return None
    mothers = Mothers(scene, int(scene.hospital.accounts.department[account]))
    return Planting([account], every_shift(scene, account, scene.grade(3.0, 4.0, 8.0), mothers.just_gone))


ATTACK = Attack(SCENARIOS["fresh-discharge-contacts"], (22, 38), plant, harvest=True)
