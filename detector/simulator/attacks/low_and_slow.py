"""One or two mothers more a day than the work needs, for two months."""

from __future__ import annotations

from typing import TYPE_CHECKING

from detector.model.scenarios import SCENARIOS
from detector.simulator.attacks.attack import Attack, Planting
from detector.simulator.attacks.harvesting import Shares, clustered, obstetric_staff, sold_mothers

if TYPE_CHECKING:
    from detector.simulator.episodes import Stage


def plant(stage: Stage) -> Planting | None:
    """Let somebody of the unit take very few at a time."""
    account = stage.pick(obstetric_staff(stage, "nurse", "midwife", "doctor", "head_nurse"), duties=10)
    if account is None:
        return None
    duty = stage.per_shift(account, stage.grade(0.9, 1.4, 2.1))
    rows = sold_mothers(stage, account, clustered(stage, duty), Shares(0.3, 0.35, 0.35), "contact-page")
    return Planting([account], rows)


ATTACK = Attack(SCENARIOS["low-and-slow"], (50, 62), plant, harvest=True)
