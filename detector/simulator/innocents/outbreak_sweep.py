"""Infection control follows an outbreak through all wards."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from detector.simulator.innocents.episode import Innocent, Part
from detector.simulator.patients import INPATIENT
from detector.simulator.vocabulary import DAY

if TYPE_CHECKING:
    from detector.simulator.episodes import Stage
    from detector.simulator.event_rows import Events


def arrange(stage: Stage) -> Part | None:
    """Choose an officer of infection control."""
    hospital = stage.hospital
    people = np.concatenate([hospital.accounts.with_role("officer", department=unit) for unit in hospital.coded("INF")])
    account = stage.pick(people, duties=2)
    return None if account is None else [account]


def act(stage: Stage, part: Part) -> Events:
    """Open many stays of all wards on every duty, and some at the weekend."""
    hospital = stage.hospital
    encounters = hospital.encounters
    stays = encounters.patient[
        (encounters.kind == INPATIENT)
        & (encounters.start < stage.last_day * DAY)
        & (encounters.end > (stage.first_day - 6) * DAY)
    ]
    duty = stage.per_shift(part[0], 45.0)
    at = np.sort(stage.during(duty))
    patient = stage.rng.choice(stays, size=len(at)) if len(stays) else at[:0]
    return stage.open(at[: len(patient)], part[0], patient, "infection-control")


INNOCENT = Innocent(
    "outbreak-sweep", "院感暴发排查", (5, 9), arrange, act, ("no-care-relationship", "sensitive-category-browsing")
)
