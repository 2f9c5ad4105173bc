"""A neonatal or obstetric nurse collects the parents' telephone numbers of newborns."""

from __future__ import annotations

import numpy as np

from detector.model.scenarios import SCENARIOS
from detector.simulator.attacks.attack import Attack, Planting
from detector.simulator.attacks.harvesting import Market, chosen_patients, clustered, ward_list
from detector.simulator.episodes import Stage, together
from detector.simulator.patients import INPATIENT
from detector.simulator.vocabulary import DAY, NONE, Ints, flag


def plant(stage: Stage) -> Planting | None:
    """Let a nurse open newborns' pages, and now and then the mother's contact page after them."""
    hospital = stage.hospital
    units = hospital.coded("NEO") or hospital.coded("OB")
    staff = np.concatenate([hospital.accounts.with_role("nurse", department=unit) for unit in units])
    account = stage.pick(staff, duties=6)
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
    times = clustered(stage, stage.per_shift(account, stage.grade(1.5, 3.4, 7.5), skip=0.15))
    at, patient = chosen_patients(stage, account, groups, times, set())
    mother = patients.mother[patient]
    also = (mother != NONE) & (stage.rng.random(len(at)) < 0.35)
    rows = [
        stage.open(at, account, patient, "newborn-contact"),
        stage.open(at[also] + 50, account, mother[also], "contact-page"),
        ward_list(stage, account, at[stage.rng.random(len(at)) < 0.15], size=16),
    ]
    return Planting([account], together(rows))


ATTACK = Attack(SCENARIOS["newborn-parents"], (20, 34), plant, harvest=True, drawn_as="newborn")
