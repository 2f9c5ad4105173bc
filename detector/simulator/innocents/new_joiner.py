"""A new nurse or doctor: no history, much to look up, many records opened to learn."""

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
    """Choose somebody and let the first day of work be the episode's first day."""
    hospital = scene.hospital
    people = hospital.accounts.with_role("nurse", "resident", "doctor", "midwife")
    people = people[np.isin(hospital.accounts.department[people], hospital.with_shape("ward"))]
    account = scene.pick(people, duties=4)
    if account is None:
        return None
    hospital.accounts.joined[account] = scene.first_day
    for name in ("duties", "roster"):
        duties = getattr(hospital, name)
        kept = np.flatnonzero((duties.account != account) | (duties.day >= scene.first_day))
        if name == "duties":
            hospital.replace_duties(duties.take(kept))
        else:
            hospital.roster = duties.take(kept)
    return [account]


def act(scene: Scene, part: Participants) -> Events:
    """Read around on the own ward."""
    hospital, account = scene.hospital, part[0]
    unit = int(hospital.accounts.department[account])
    encounters = hospital.encounters
    near = encounters.patient[
        (encounters.kind == INPATIENT)
        & (encounters.department == unit)
        & (encounters.start < scene.last_day * DAY)
        & (encounters.end > (scene.first_day - 20) * DAY)
    ]
    at = np.sort(scene.during(scene.per_shift(account, 4.0)))
    patient = scene.rng.choice(near, size=len(at)) if len(near) else at[:0]
    return scene.open(at[: len(patient)], account, patient, "second-look")


INNOCENT = Innocent("new-joiner", "新入职培训", (14, 24), arrange, act)
