"""The desk of a ward falls to one nurse for a whole week: telephone, relatives, admissions, people just gone home."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from detector.simulator.innocents.innocent import Innocent, Participants
from detector.simulator.patients import INPATIENT
from detector.simulator.vocabulary import DAY

if TYPE_CHECKING:
    from detector.simulator.event_rows import Events
    from detector.simulator.scene import Scene


def arrange(scene: Scene) -> Participants | None:
    """Choose a nurse or midwife of a ward."""
    accounts = scene.hospital.accounts
    nurses = accounts.with_role("nurse", "midwife")
    nurses = nurses[np.isin(accounts.department[nurses], scene.hospital.with_shape("ward"))]
    account = scene.pick(nurses, duties=4)
    return None if account is None else [account]


def act(scene: Scene, part: Participants) -> Events:
    """Open patients of the ward at the desk on each duty: those there, those to come, those of the last days."""
    hospital, account = scene.hospital, part[0]
    encounters = hospital.encounters
    stays = encounters.take(
        np.flatnonzero(
            (encounters.kind == INPATIENT) & (encounters.department == int(hospital.accounts.department[account]))
        )
    )
    duty = scene.per_shift(account, 14.0)
    at = np.sort(scene.during(duty))
    chosen: list[int] = []
    for time in at.tolist():
        near = stays.patient[(stays.start < time + 2 * DAY) & (stays.end > time - 4 * DAY)]
        chosen.append(int(near[scene.rng.integers(len(near))]) if len(near) else -1)
    patient = np.array(chosen, dtype=np.int64)
    return scene.open(at[patient >= 0], account, patient[patient >= 0], "desk")


INNOCENT = Innocent("desk-duty-week", "护士站值班一周", (7, 7), arrange, act, least_staff=200)
