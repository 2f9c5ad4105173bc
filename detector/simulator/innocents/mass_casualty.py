"""A bus accident by night: the emergency room is full, surgeons and nurses are called in from home."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from detector.simulator.innocents.innocent import Innocent, Participants
from detector.simulator.patients import EMERGENCY, Encounters
from detector.simulator.shifts import LONG, NIGHT, REST, duty
from detector.simulator.vocabulary import DAY, HOUR, NONE

if TYPE_CHECKING:
    from detector.simulator.scene import Scene


def arrange(scene: Scene) -> Participants | None:
    """Add the injured and those called in; the roster does not know of the latter."""
    hospital = scene.hospital
    rooms = hospital.coded("ER")
    if not rooms:
        return None
    scene.last_day = min(scene.first_day + 1, hospital.plan.days - 2)
    day, room, rng = scene.first_day, rooms[0], scene.rng
    accounts = hospital.accounts
    own = accounts.with_role("doctor", "nurse", "resident", department=room)
    surgeons = accounts.with_role("doctor", "resident")
    surgeons = surgeons[np.isin(accounts.department[surgeons], hospital.coded("SURG", "ORTH", "PSU", "ICU", "PED"))]
    called = [*own.tolist(), *rng.permutation(surgeons)[:6].tolist()]
    free = [a for a in called if accounts.joined[a] <= day and accounts.ended[a] > day]
    if not free:
        return None
    count = int(rng.integers(25, 50))
    injured = rng.choice(len(hospital.patients), size=count, replace=False)
    start = day * DAY + 21 * HOUR + rng.integers(0, 3 * HOUR, count)
    unset = np.full(count, NONE)
    crowd = Encounters(
        injured,
        np.full(count, room),
        np.full(count, EMERGENCY),
        start,
        start + rng.integers(2 * HOUR, 9 * HOUR, count),
        unset,
        unset.copy(),
        unset.copy(),
    )
    hospital.replace_encounters(hospital.encounters.extended(crowd))
    extra = hospital.duties
    on = set(extra.account[(extra.day == day) & np.isin(extra.kind, [LONG, NIGHT])].tolist())
    for account in free:
        if account in on:
            continue
        kind = NIGHT if account in own and accounts.role[account] not in accounts.role[surgeons] else LONG
        extra = extra.extended(duty(account, day, kind, room, day * DAY + 21 * HOUR, day * DAY + 30 * HOUR))
    hospital.replace_duties(extra.take(np.flatnonzero(extra.kind < REST)))
    return free


INNOCENT = Innocent("mass-casualty", "群体伤急救", (2, 2), arrange)
