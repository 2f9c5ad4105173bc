"""A screening campaign: nurses telephone the parents of all newborns of the last weeks, and write that they did."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from detector.simulator.event_rows import Events, joined
from detector.simulator.innocents.innocent import Innocent, Participants
from detector.simulator.patients import INPATIENT
from detector.simulator.vocabulary import DAY, flag

if TYPE_CHECKING:
    from detector.simulator.scene import Scene


def arrange(scene: Scene) -> Participants | None:
    """Choose two or three nurses of the neonatal or obstetric units."""
    accounts = scene.hospital.accounts
    units = scene.hospital.coded("NEO", "OB", "CHC")
    nurses = accounts.with_role("nurse", "midwife")
    nurses = nurses[np.isin(accounts.department[nurses], units)]
    return scene.pick_several(nurses, int(scene.rng.integers(1, 4)), duties=4) or None


def act(scene: Scene, part: Participants) -> Events:
    """Call those born in the six weeks before, most of them with a note, some without an answer."""
    hospital = scene.hospital
    encounters, patients = hospital.encounters, hospital.patients
    child = (patients.flags[encounters.patient] & flag("newborn")) > 0
    gone = (
        child
        & (encounters.kind == INPATIENT)
        & (encounters.end < scene.first_day * DAY)
        & (encounters.end > (scene.first_day - 45) * DAY)
    )
    pool = scene.rng.permutation(np.unique(encounters.patient[gone]))
    rows: list[Events] = []
    for position, account in enumerate(part):
        mine = pool[position :: len(part)]
        at = np.sort(scene.during(scene.per_shift(account, 9.0, skip=0.2)))[: len(mine)]
        rows.append(scene.open(at, account, mine[: len(at)], "follow-up-call"))
    return joined(rows)


INNOCENT = Innocent(
    "phone-campaign", "新生儿筛查电话随访", (8, 14), arrange, act, ("contact-harvesting", "maternity-harvesting")
)
