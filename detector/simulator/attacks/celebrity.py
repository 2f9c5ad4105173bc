"""A well-known person is admitted, and half the house has a look."""

from __future__ import annotations

import numpy as np

from detector.model.scenarios import SCENARIOS
from detector.simulator.attacks.attack import Attack, Planting
from detector.simulator.event_rows import joined
from detector.simulator.patients import INPATIENT
from detector.simulator.scene import Scene
from detector.simulator.vocabulary import DAY, flag


def plant(scene: Scene) -> Planting | None:
    """Let many accounts without any part in the care open one record within days of the admission."""
    hospital = scene.hospital
    encounters = hospital.encounters
    famous = (hospital.patients.flags[encounters.patient] & flag("vip")) > 0
    stays = np.flatnonzero(famous & (encounters.kind == INPATIENT) & (encounters.start >= 0))
    suitable = stays[(encounters.start[stays] > 5 * DAY) & (encounters.start[stays] < (hospital.plan.days - 3) * DAY)]
    if not len(suitable):
        suitable = stays
    stay = int(suitable[scene.rng.integers(0, len(suitable))])
    admitted = int(encounters.start[stay]) // DAY
    scene.first_day = min(max(admitted, 1), hospital.plan.days - 2)
    scene.last_day = min(scene.first_day + 5, hospital.plan.days - 1)
    people = np.flatnonzero(hospital.accounts.human)
    patient = int(encounters.patient[stay])
    outsiders = people[hospital.accounts.department[people] != encounters.department[stay]]
    viewers = scene.pick_several(outsiders, max(3, round(min(scene.grade(6, 14, 30), len(people) * 0.12))), duties=1)
    rows = []
    for viewer in viewers:
        duty = scene.shifts(viewer)
        if not len(duty):
            continue
        again = 1 + int(scene.rng.poisson(0.35))
        at = scene.during(scene.rng.choice(duty, size=again))
        at = np.maximum(at, encounters.start[stay] + 1800)
        rows.append(scene.open(np.sort(at), viewer, np.full(again, patient), "snoop"))
    return Planting(viewers, joined(rows)) if rows else None


ATTACK = Attack(SCENARIOS["celebrity"], (4, 6), plant, drawn_as="vip")
