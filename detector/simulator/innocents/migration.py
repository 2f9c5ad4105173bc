"""The IT department's migration account reads and rewrites thousands of records in two nights."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from detector.simulator.innocents.innocent import Innocent, Participants
from detector.simulator.vocabulary import DAY

if TYPE_CHECKING:
    from detector.simulator.event_rows import Events
    from detector.simulator.scene import Scene


def arrange(scene: Scene) -> Participants | None:
    """Take the migration account, which does nothing else."""
    account = scene.hospital.accounts.ids.index("mig_his")
    if account in scene.taken:
        return None
    scene.taken.add(account)
    return [account]


def act(scene: Scene, part: Participants) -> Events:
    """Go through the records of patients with visits, in no order that a person would choose."""
    hospital = scene.hospital
    known = np.setdiff1d(
        np.unique(hospital.encounters.patient[hospital.encounters.start < scene.first_day * DAY]), hospital.decoys
    )
    count = min(len(known), 600 * (1 + hospital.plan.staff // 200))
    patient = scene.rng.choice(known, size=count, replace=False)
    night = np.arange(count) % (scene.last_day - scene.first_day + 1)
    at = (scene.first_day + night) * DAY + 60 + np.sort(scene.rng.random(count)) * 5 * 3600
    return scene.open(at.astype(np.int64), part[0], patient, "migration")


INNOCENT = Innocent(
    "migration", "系统升级数据迁移", (2, 2), arrange, act, ("record-enumeration", "scope-violation", "bulk-export")
)
