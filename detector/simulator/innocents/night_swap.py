"""Two nurses swap shifts among themselves; the roster still shows the old plan."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from detector.simulator.innocents.innocent import Innocent, Participants
from detector.simulator.shifts import Duties

if TYPE_CHECKING:
    from detector.simulator.scene import Scene


def arrange(scene: Scene) -> Participants | None:
    """Let two nurses of one ward exchange all their duties of the episode."""
    hospital = scene.hospital
    nurses = hospital.accounts.with_role("nurse", "midwife")
    nurses = nurses[np.isin(hospital.accounts.department[nurses], hospital.with_shape("ward"))]
    first = scene.pick(nurses, duties=3)
    if first is None:
        return None
    second = scene.pick(nurses[hospital.accounts.department[nurses] == hospital.accounts.department[first]], duties=3)
    if second is None:
        return None
    duties = hospital.duties
    account = duties.account.copy()
    inside = (duties.day >= scene.first_day) & (duties.day <= scene.last_day)
    account[inside & (duties.account == first)] = second
    account[inside & (duties.account == second)] = first
    hospital.replace_duties(Duties(account, duties.day, duties.kind, duties.department, duties.start, duties.end))
    return [first, second]


INNOCENT = Innocent("night-swap", "换班", (4, 7), arrange, patterns=("after-hours-access",))
