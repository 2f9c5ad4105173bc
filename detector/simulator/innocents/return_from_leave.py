"""Back after weeks of leave: no recent past, and a pile of work."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from detector.simulator.innocents.innocent import Innocent, Participants

if TYPE_CHECKING:
    from detector.simulator.scene import Scene


def arrange(scene: Scene) -> Participants | None:
    """Choose somebody and take away the duties of the four weeks before the episode."""
    hospital = scene.hospital
    people = hospital.accounts.with_role("nurse", "doctor", "technician", "midwife", "clerk")
    account = scene.pick(people, duties=4)
    if account is None:
        return None
    away = max(-3, scene.first_day - 28)
    for name in ("duties", "roster"):
        duties = getattr(hospital, name)
        gone = (duties.account == account) & (duties.day >= away) & (duties.day < scene.first_day)
        kept = duties.take(np.flatnonzero(~gone))
        if name == "duties":
            hospital.replace_duties(kept)
        else:
            hospital.roster = kept
    return [account]


INNOCENT = Innocent("return-from-leave", "休假返岗", (10, 20), arrange)
