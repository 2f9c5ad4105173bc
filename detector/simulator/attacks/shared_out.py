"""Two colleagues split the harvest, so that neither takes much, and never the same patient."""

from __future__ import annotations

from detector.model.scenarios import SCENARIOS
from detector.simulator.attacks.attack import Attack, Planting
from detector.simulator.attacks.harvesting import Shares, clustered, obstetric_staff, sold_mothers
from detector.simulator.event_rows import joined
from detector.simulator.scene import Scene


def plant(scene: Scene) -> Planting | None:
    """Let two nurses of one unit open disjoint lists of mothers."""
    accounts = scene.hospital.accounts
    nurses = obstetric_staff(scene, "nurse", "midwife")
    first = scene.pick(nurses, duties=6)
    if first is None:
        return None
    second = scene.pick(nurses[accounts.department[nurses] == accounts.department[first]], duties=6)
    if second is None:
        return None
    seen: set[int] = set()
    rows = [
        sold_mothers(
            scene,
            account,
            clustered(scene, scene.per_shift(account, scene.grade(1.0, 2.2, 4.5), skip=0.1)),
            Shares(0.35, 0.3, 0.35),
            "contact-page",
            seen,
        )
        for account in (first, second)
    ]
    return Planting([first, second], joined(rows))


ATTACK = Attack(SCENARIOS["shared-out"], (24, 38), plant, harvest=True)
