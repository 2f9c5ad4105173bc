"""The IT department's migration account reads and rewrites thousands of records in two nights."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from detector.simulator.innocents.episode import Innocent, Part
from detector.simulator.vocabulary import DAY

if TYPE_CHECKING:
    from detector.simulator.episodes import Stage
    from detector.simulator.event_rows import Events


def arrange(stage: Stage) -> Part | None:
    """Take the migration account, which does nothing else."""
    account = stage.hospital.accounts.ids.index("mig_his")
    if account in stage.cast.taken:
        return None
    stage.cast.taken.add(account)
    return [account]


def act(stage: Stage, part: Part) -> Events:
    """Go through the records of patients with visits, in no order that a person would choose."""
    hospital = stage.hospital
    known = np.setdiff1d(
        np.unique(hospital.encounters.patient[hospital.encounters.start < stage.first_day * DAY]), hospital.decoys
    )
    count = min(len(known), 600 * (1 + hospital.plan.staff // 200))
    patient = stage.rng.choice(known, size=count, replace=False)
    night = np.arange(count) % (stage.last_day - stage.first_day + 1)
    at = (stage.first_day + night) * DAY + 60 + np.sort(stage.rng.random(count)) * 5 * 3600
    return stage.open(at.astype(np.int64), part[0], patient, "migration")


INNOCENT = Innocent(
    "migration", "系统升级数据迁移", (2, 2), arrange, act, ("record-enumeration", "scope-violation", "bulk-export")
)
