"""Month end: billing and quality control export the month's lists."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import numpy as np

from detector.simulator.event_rows import Events, events
from detector.simulator.innocents.episode import Innocent, Part
from detector.simulator.vocabulary import HOUR, QUERY

if TYPE_CHECKING:
    from detector.simulator.episodes import Stage


def arrange(stage: Stage) -> Part | None:
    """Choose a clerk, coder or officer, and the last days of a month."""
    plan = stage.hospital.plan
    ends = [
        day
        for day in range(3, plan.days - 1)
        if (plan.start + dt.timedelta(days=day + 1)).day == 1 and day >= min(plan.first_attack_day, 12)
    ]
    if ends:
        stage.last_day = ends[int(stage.rng.integers(0, len(ends)))]
        stage.first_day = max(0, stage.last_day - 2)
    accounts = stage.hospital.accounts
    units = stage.hospital.coded("BILL", "QC", "MRD", "INS")
    people = accounts.with_role("clerk", "coder", "officer")
    account = stage.pick(people[np.isin(accounts.department[people], units)], duties=1)
    return None if account is None else [account]


def act(stage: Stage, part: Part) -> Events:
    """Search for and export large lists on each duty."""
    duty = stage.per_shift(part[0], 1.6)
    at = stage.hospital.duties.start[duty] + 3 * HOUR + stage.rng.integers(0, 5 * HOUR, len(duty))
    size = np.exp(stage.rng.uniform(5.7, 7.9, len(at))).astype(np.int64)
    place = stage.hospital.place_of(duty)
    return events(at, part[0], place, "export", "list", count=size, query=QUERY["other"])


INNOCENT = Innocent("month-end-export", "月末报表导出", (3, 3), arrange, act, ("bulk-export",))
