"""Month end: the regional platform's interface reports the month, patient by patient, on one to three nights."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import numpy as np

from detector.simulator.innocents.innocent import Innocent, Participants
from detector.simulator.patients import INPATIENT
from detector.simulator.vocabulary import DAY, HOUR

if TYPE_CHECKING:
    from detector.simulator.event_rows import Events
    from detector.simulator.scene import Scene


def arrange(scene: Scene) -> Participants | None:
    """Take the platform's interface, and the nights from a month's last day on."""
    plan = scene.hospital.plan
    account = scene.hospital.accounts.ids.index("if_region")
    nights = scene.last_day - scene.first_day + 1
    ends = [
        day
        for day in range(min(plan.first_attack_day, plan.days - nights), plan.days - nights)
        if (plan.start + dt.timedelta(days=day + 1)).day == 1
    ]
    if account in scene.taken or not ends:
        return None
    scene.taken.add(account)
    scene.first_day = ends[int(scene.rng.integers(len(ends)))]
    scene.last_day = scene.first_day + nights - 1
    return [account]


def act(scene: Scene, part: Participants) -> Events:
    """Read the records of those discharged in the thirty days before, a part of them each night, before midnight."""
    encounters = scene.hospital.encounters
    gone = (
        (encounters.kind == INPATIENT)
        & (encounters.end < scene.first_day * DAY)
        & (encounters.end >= (scene.first_day - 30) * DAY)
    )
    patient = np.unique(encounters.patient[gone])
    night = np.arange(len(patient)) % (scene.last_day - scene.first_day + 1)
    begin = (scene.first_day + night) * DAY + 22 * HOUR
    at = begin + (np.arange(len(patient)) / max(1, len(patient)) * 1.5 * HOUR).astype(np.int64)
    place = int(scene.hospital.accounts.department[part[0]])
    return scene.open(at, part[0], patient, "region-upload", place)


INNOCENT = Innocent(
    "month-end-interface",
    "月末数据上报",
    (1, 3),
    arrange,
    act,
    ("interface-harvesting", "bulk-export"),
    least_staff=200,
)
