"""Record numbers tried one after the other: by hand, or by a script on an interface account."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from detector.model.scenarios import SCENARIOS
from detector.simulator.attacks.attack import Attack, Planting
from detector.simulator.vocabulary import DAY, HOUR

if TYPE_CHECKING:
    from detector.simulator.scene import Scene


def plant(scene: Scene) -> Planting | None:
    """Let a technician or clerk step through numbers in an evening, or the platform's interface through thousands."""
    hospital = scene.hospital
    by_hand = scene.intensity == "low"
    if by_hand:
        account = scene.pick(hospital.accounts.with_role("clerk", "technician", "pharmacist"), duties=1)
        count = int(scene.rng.integers(70, 130))
    else:
        account = hospital.accounts.ids.index("if_region")
        count = int(scene.grade(0, 400, 2500) * scene.rng.uniform(1.0, 2.0))
    if account is None:
        return None
    count = min(count, len(hospital.patients) // 3)
    by_number = np.argsort(hospital.patients.number, kind="stable")
    known = by_number[hospital.patients.registered[by_number] < scene.first_day]
    begin = int(scene.rng.integers(0, max(1, len(known) - count)))
    patient = known[begin : begin + count]
    patient = patient[scene.rng.random(len(patient)) > 0.02]
    hour = 20 if by_hand else 3
    pace = scene.rng.gamma(3.0, (9.0 if by_hand else 2.0) / 3.0, len(patient)) + 1
    at = scene.first_day * DAY + hour * HOUR + np.cumsum(pace).astype(np.int64)
    if by_hand:
        at = np.minimum(at, scene.first_day * DAY + 24 * HOUR - 60)
    place = int(hospital.accounts.department[account])
    rows = scene.open(at, account, patient, "record-step" if by_hand else "psychiatric-pull", place, visits=by_hand)
    return Planting([account], rows)


ATTACK = Attack(SCENARIOS["record-enumeration"], (1, 1), plant, drawn_as="enumeration")
