"""Locked records opened by the emergency button, with a reason that says nothing."""

from __future__ import annotations

import numpy as np

from detector.model.scenarios import SCENARIOS
from detector.simulator.attacks.attack import Attack, Planting
from detector.simulator.event_rows import events, joined
from detector.simulator.scene import Scene
from detector.simulator.vocabulary import DAY, REASON


def plant(scene: Scene) -> Planting | None:
    """Let a doctor or nurse break the glass of unrelated records and read on."""
    hospital = scene.hospital
    people = hospital.accounts.with_role("doctor", "nurse", "resident")
    home = np.isin(hospital.accounts.department[people], hospital.coded("ER", "ICU"))
    account = scene.pick(people[~home], duties=3)
    if account is None:
        return None
    duty = scene.shifts(account)
    if not len(duty):
        return None
    count = round(scene.grade(4, 10, 24))
    at = np.sort(scene.during(scene.rng.choice(duty, size=count)))
    encounters = hospital.encounters
    pool = scene.strangers(
        account, np.unique(encounters.patient[np.abs(encounters.start - scene.first_day * DAY) < 30 * DAY])
    )
    patient = scene.rng.choice(pool, size=count, replace=False)
    place = scene.seat(account, at)
    words = np.array([REASON["工作需要"], REASON["查看"], 0])
    broken = events(
        at,
        account,
        place,
        "break_glass",
        "note",
        patient=patient,
        visit=hospital.visits.at(patient, at),
        reason=words[scene.rng.choice(3, count, p=[0.5, 0.2, 0.3])],
        label=scene.label,
    )
    return Planting([account], joined([broken, scene.open(at + 8, account, patient, "snoop", place)]))


ATTACK = Attack(SCENARIOS["break-glass"], (6, 14), plant)
