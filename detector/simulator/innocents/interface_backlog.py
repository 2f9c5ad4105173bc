"""An interface hangs for a day or two; when it runs again it works off what has come up meanwhile."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from detector.simulator.innocents.innocent import Innocent, Participants
from detector.simulator.vocabulary import DAY, HOUR

if TYPE_CHECKING:
    from detector.simulator.event_rows import Events
    from detector.simulator.scene import Scene


def arrange(scene: Scene) -> Participants | None:
    """Take the laboratory's interface or the check-in service, whichever is free."""
    number = {user: position for position, user in enumerate(scene.hospital.accounts.ids)}
    free = [number[user] for user in ("if_lis", "if_checkin") if number[user] not in scene.taken]
    if not free:
        return None
    account = free[int(scene.rng.integers(len(free)))]
    scene.taken.add(account)
    return [account]


def delay(scene: Scene, part: Participants, work: Events) -> Events:
    """Put off what falls into the outage, in its order, to the hours after it: on the last day's morning."""
    begin = scene.first_day * DAY + int(scene.rng.integers(0, 6 * HOUR))
    again = scene.last_day * DAY + int(scene.rng.integers(6 * HOUR, 10 * HOUR))
    late = np.flatnonzero((work.account == part[0]) & (work.time >= begin) & (work.time < again))
    late = late[np.argsort(work.time[late], kind="stable")]
    time = work.time.copy()
    time[late] = again + np.cumsum(scene.rng.exponential(4.0, len(late))).astype(np.int64)
    return replace(work, time=time)


INNOCENT = Innocent("interface-backlog", "接口停机后补传", (2, 3), arrange, delay=delay, least_staff=200)
