"""Two colleagues split the harvest, so that neither takes much, and never the same patient."""

from __future__ import annotations

from detector.model.scenarios import SCENARIOS
from detector.simulator.attacks.attack import Attack, Planting
from detector.simulator.attacks.harvesting import Shares, clustered, obstetric_staff, sold_mothers
from detector.simulator.episodes import Stage, together


def plant(stage: Stage) -> Planting | None:
    """Let two nurses of one unit open disjoint lists of mothers."""
    accounts = stage.hospital.accounts
    nurses = obstetric_staff(stage, "nurse", "midwife")
    first = stage.pick(nurses, duties=6)
    if first is None:
        return None
    second = stage.pick(nurses[accounts.department[nurses] == accounts.department[first]], duties=6)
    if second is None:
        return None
    seen: set[int] = set()
    rows = [
        sold_mothers(
            stage,
            account,
            clustered(stage, stage.per_shift(account, stage.grade(1.0, 2.2, 4.5), skip=0.1)),
            Shares(0.35, 0.3, 0.35),
            "contact-page",
            seen,
        )
        for account in (first, second)
    ]
    return Planting([first, second], together(rows))


ATTACK = Attack(SCENARIOS["shared-out"], (24, 38), plant, harvest=True)
