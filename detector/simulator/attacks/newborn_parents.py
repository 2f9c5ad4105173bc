"""A neonatal or obstetric nurse collects the parents' telephone numbers of newborns."""

from __future__ import annotations

import numpy as np

from detector.model.scenarios import SCENARIOS
from detector.simulator.attacks.attack import Attack, Planting
from detector.simulator.attacks.harvesting import Market, chosen_patients, clustered, ward_list
from detector.simulator.event_rows import joined
from detector.simulator.patients import INPATIENT
from detector.simulator.scene import Scene
from detector.simulator.vocabulary import DAY, NONE, Ints, flag


def plant(scene: Scene) -> Planting | None:
    """Let a nurse open newborns' pages, and now and then the mother's contact page after them."""
    hospital = scene.hospital
    units = hospital.coded("NEO") or hospital.coded("OB")
    staff = np.concatenate([hospital.accounts.with_role("nurse", department=unit) for unit in units])
    account = scene.pick(staff, duties=6)
    if account is None:
        return None
    encounters, patients = hospital.encounters, hospital.patients
    child = (patients.flags[encounters.patient] & flag("newborn")) > 0
    stays = encounters.take(np.flatnonzero(child & (encounters.kind == INPATIENT)))

    def recent(time: int) -> Ints:
        return stays.patient[(stays.start < time) & (stays.start > time - 4 * DAY)]

    def older(time: int) -> Ints:
        return stays.patient[(stays.start < time - 4 * DAY) & (stays.start > time - 40 * DAY)]

    groups: list[tuple[float, Market]] = [(0.7, recent), (0.3, older)]
    times = clustered(scene, scene.per_shift(account, scene.grade(1.5, 3.4, 7.5), skip=0.15))
    at, patient = chosen_patients(scene, account, groups, times, set())
    mother = patients.mother[patient]
    also = (mother != NONE) & (scene.rng.random(len(at)) < 0.35)
    rows = [
        scene.open(at, account, patient, "newborn-contact"),
        scene.open(at[also] + 50, account, mother[also], "contact-page"),
        ward_list(scene, account, at[scene.rng.random(len(at)) < 0.15], size=16),
    ]
    return Planting([account], joined(rows))


ATTACK = Attack(SCENARIOS["newborn-parents"], (20, 34), plant, harvest=True, drawn_as="newborn")
