"""Before the month closes a coder works through the backlog by night."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from detector.simulator.innocents.innocent import Innocent, Participants
from detector.simulator.patients import INPATIENT
from detector.simulator.vocabulary import DAY, HOUR

if TYPE_CHECKING:
    from detector.simulator.event_rows import Events
    from detector.simulator.scene import Scene


def arrange(scene: Scene) -> Participants | None:
    """Choose a coder."""
    account = scene.pick(scene.hospital.accounts.with_role("coder"), duties=2)
    return None if account is None else [account]


def act(scene: Scene, part: Participants) -> Events:
    """Code discharged stays between eight in the evening and two."""
    hospital = scene.hospital
    nights = np.arange(scene.first_day, scene.last_day + 1)
    nights = nights[scene.rng.random(len(nights)) < 0.75]
    at = np.repeat(nights, scene.rng.poisson(16, len(nights))) * DAY + 20 * HOUR
    at = np.sort(at + scene.rng.integers(0, 6 * HOUR, len(at)))
    encounters = hospital.encounters
    gone = (
        (encounters.kind == INPATIENT)
        & (encounters.end < scene.first_day * DAY)
        & (encounters.end > (scene.first_day - 50) * DAY)
    )
    pool = encounters.patient[gone]
    patient = scene.rng.choice(pool, size=len(at)) if len(pool) else at[:0]
    return scene.open(at[: len(patient)], part[0], patient, "coding")


INNOCENT = Innocent("coding-backlog", "病案编码加班", (6, 12), arrange, act, ("after-hours-access",))
