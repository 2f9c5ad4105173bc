"""Somebody reads the records of colleagues, or of the people at home."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from detector.model.scenarios import SCENARIOS
from detector.simulator.attacks.attack import Attack, Planting

if TYPE_CHECKING:
    from detector.simulator.scene import Scene


def plant(scene: Scene) -> Planting | None:
    """Let somebody look up colleagues of the department and members of the own household."""
    hospital, accounts = scene.hospital, scene.hospital.accounts
    people = accounts.with_role("doctor", "nurse", "resident", "technician", "pharmacist", "midwife", "officer")
    account = scene.pick(people, duties=2)
    if account is None:
        return None
    near = np.flatnonzero((accounts.department == accounts.department[account]) & (accounts.record >= 0))
    far = np.flatnonzero(accounts.record >= 0)
    colleagues = np.unique(
        accounts.record[np.concatenate([near, scene.rng.choice(far, size=min(4, len(far)), replace=False)])]
    )
    own = int(accounts.record[account])
    family = np.zeros(0, dtype=np.int64)
    if own >= 0:
        household = hospital.patients.household == hospital.patients.household[own]
        family = np.setdiff1d(np.flatnonzero(household), [own])
    known = scene.strangers(account, np.setdiff1d(np.concatenate([colleagues, family]), [own]))
    duty = scene.shifts(account)
    if not len(known) or not len(duty):
        return None
    patient = scene.rng.choice(known, size=min(len(known), round(scene.grade(2, 4, 9))), replace=False)
    at = np.sort(scene.during(scene.rng.choice(duty, size=len(patient))))
    return Planting([account], scene.open(at, account, patient, "snoop"))


ATTACK = Attack(SCENARIOS["colleague-lookup"], (10, 24), plant, drawn_as="colleague")
