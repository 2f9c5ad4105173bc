"""An outsider browses psychiatric, reproductive and infectious records."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from detector.model.scenarios import SCENARIOS
from detector.simulator.attacks.attack import Attack, Planting
from detector.simulator.vocabulary import DAY, flag

if TYPE_CHECKING:
    from detector.simulator.scene import Scene


def plant(scene: Scene) -> Planting | None:
    """Let somebody of another department open records that carry a sensitive flag."""
    hospital = scene.hospital
    owners = hospital.coded("PSY", "REP", "IDC", "INF")
    people = hospital.accounts.with_role("doctor", "nurse", "resident", "technician", "pharmacist")
    account = scene.pick(people[~np.isin(hospital.accounts.department[people], owners)], duties=6)
    if account is None:
        return None
    bits = flag("psychiatric") | flag("reproductive") | flag("infectious")
    encounters = hospital.encounters
    flagged = (hospital.patients.flags[encounters.patient] & bits) > 0
    pool = np.unique(encounters.patient[flagged & (encounters.start < scene.first_day * DAY)])
    pool = scene.strangers(account, pool)
    at = np.sort(scene.during(scene.per_shift(account, scene.grade(0.8, 2.0, 5.0), skip=0.2)))
    patient = scene.rng.choice(pool, size=min(len(at), len(pool)), replace=False)
    rows = scene.open(at[: len(patient)], account, patient, "sensitive-browse")
    return Planting([account], rows)


ATTACK = Attack(SCENARIOS["sensitive-browsing"], (14, 24), plant, harvest=True, drawn_as="sensitive")
