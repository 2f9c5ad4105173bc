"""Before the month closes a coder works through the backlog by night."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from detector.simulator.innocents.episode import Innocent, Part
from detector.simulator.patients import INPATIENT
from detector.simulator.vocabulary import DAY, HOUR

if TYPE_CHECKING:
    from detector.simulator.episodes import Stage
    from detector.simulator.event_rows import Events


def arrange(stage: Stage) -> Part | None:
    """Choose a coder."""
    account = stage.pick(stage.hospital.accounts.with_role("coder"), duties=2)
    return None if account is None else [account]


def act(stage: Stage, part: Part) -> Events:
    """Code discharged stays between eight in the evening and two."""
    hospital = stage.hospital
    nights = np.arange(stage.first_day, stage.last_day + 1)
    nights = nights[stage.rng.random(len(nights)) < 0.75]
    at = np.repeat(nights, stage.rng.poisson(16, len(nights))) * DAY + 20 * HOUR
    at = np.sort(at + stage.rng.integers(0, 6 * HOUR, len(at)))
    encounters = hospital.encounters
    gone = (
        (encounters.kind == INPATIENT)
        & (encounters.end < stage.first_day * DAY)
        & (encounters.end > (stage.first_day - 50) * DAY)
    )
    pool = encounters.patient[gone]
    patient = stage.rng.choice(pool, size=len(at)) if len(pool) else at[:0]
    return stage.open(at[: len(patient)], part[0], patient, "coding")


INNOCENT = Innocent("coding-backlog", "病案编码加班", (6, 12), arrange, act, ("after-hours-access",))
