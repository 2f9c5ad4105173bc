"""Infection control follows an outbreak through all wards."""

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
    """Choose an officer of infection control."""
    hospital = scene.hospital
    people = np.concatenate([hospital.accounts.with_role("officer", department=unit) for unit in hospital.coded("INF")])
    account = scene.pick(people, duties=2)
    return None if account is None else [account]


def act(scene: Scene, part: Participants) -> Events:
    """Open many stays of all wards on every duty, and some at the weekend."""
    hospital = scene.hospital
    encounters = hospital.encounters
    stays = encounters.patient[
        (encounters.kind == INPATIENT)
        & (encounters.start < scene.last_day * DAY)
        & (encounters.end > (scene.first_day - 6) * DAY)
    ]
    duty = scene.per_shift(part[0], 45.0)
    at = np.sort(scene.during(duty))
    patient = scene.rng.choice(stays, size=len(at)) if len(stays) else at[:0]
    return scene.open(at[: len(patient)], part[0], patient, "infection-control")


INNOCENT = Innocent(
    "outbreak-sweep", "院感暴发排查", (5, 9), arrange, act, ("no-care-relationship", "sensitive-category-browsing")
)
