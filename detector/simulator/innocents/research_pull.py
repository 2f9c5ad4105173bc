"""An approved study: a doctor exports a list of former patients and reads their records."""

from __future__ import annotations

import numpy as np

from detector.simulator.event_rows import Events, events, joined
from detector.simulator.innocents.innocent import Innocent, Participants
from detector.simulator.patients import INPATIENT
from detector.simulator.scene import Scene
from detector.simulator.vocabulary import DAY, REASON


def arrange(scene: Scene) -> Participants | None:
    """Choose a doctor."""
    account = scene.pick(scene.hospital.accounts.with_role("doctor", "director", "resident"), duties=3)
    return None if account is None else [account]


def act(scene: Scene, part: Participants) -> Events:
    """Export once, then open some dozens of records of the own department."""
    hospital, account = scene.hospital, part[0]
    unit = int(hospital.accounts.department[account])
    encounters = hospital.encounters
    past = encounters.patient[(encounters.department == unit) & (encounters.end < scene.first_day * DAY)]
    stays = encounters.patient[
        (encounters.department == unit) & (encounters.end < scene.first_day * DAY) & (encounters.kind == INPATIENT)
    ]
    pool = np.unique(stays if len(stays) > 30 else past)
    duty = scene.per_shift(account, 9.0)
    if not len(duty) or not len(pool):
        return joined([])
    at = np.sort(scene.during(duty))
    patient = scene.rng.choice(pool, size=min(len(at), len(pool)), replace=False)
    pulled = events(
        at[:1] - 300,
        account,
        unit,
        "export",
        "list",
        count=int(scene.rng.integers(120, 500)),
        reason=REASON["科研检索"],
    )
    return joined([pulled, scene.open(at[: len(patient)], account, patient, "quality-control")])


INNOCENT = Innocent("research-pull", "科研课题检索", (5, 8), arrange, act, ("no-care-relationship", "bulk-export"))
