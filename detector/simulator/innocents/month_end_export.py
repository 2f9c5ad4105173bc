"""Month end: billing and quality control export the month's lists."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import numpy as np

from detector.simulator.event_rows import Events, events
from detector.simulator.innocents.innocent import Innocent, Participants
from detector.simulator.vocabulary import HOUR, QUERY

if TYPE_CHECKING:
    from detector.simulator.scene import Scene


def arrange(scene: Scene) -> Participants | None:
    """Choose a clerk, coder or officer, and the last days of a month."""
    plan = scene.hospital.plan
    ends = [
        day
        for day in range(3, plan.days - 1)
        if (plan.start + dt.timedelta(days=day + 1)).day == 1 and day >= min(plan.first_attack_day, 12)
    ]
    if ends:
        scene.last_day = ends[int(scene.rng.integers(0, len(ends)))]
        scene.first_day = max(0, scene.last_day - 2)
    accounts = scene.hospital.accounts
    units = scene.hospital.coded("BILL", "QC", "MRD", "INS")
    people = accounts.with_role("clerk", "coder", "officer")
    account = scene.pick(people[np.isin(accounts.department[people], units)], duties=1)
    return None if account is None else [account]


def act(scene: Scene, part: Participants) -> Events:
    """Search for and export large lists on each duty."""
    duty = scene.per_shift(part[0], 1.6)
    at = scene.hospital.duties.start[duty] + 3 * HOUR + scene.rng.integers(0, 5 * HOUR, len(duty))
    size = np.exp(scene.rng.uniform(5.7, 7.9, len(at))).astype(np.int64)
    place = scene.hospital.place_of(duty)
    return events(at, part[0], place, "export", "list", count=size, query=QUERY["other"])


INNOCENT = Innocent("month-end-export", "月末报表导出", (3, 3), arrange, act, ("bulk-export",))
