"""One account is used by two people at once, in two places."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from detector.model.scenarios import SCENARIOS
from detector.simulator.attacks.attack import Attack, Planting
from detector.simulator.patients import still_in

if TYPE_CHECKING:
    from detector.simulator.scene import Scene
    from detector.simulator.vocabulary import Ints


def plant(scene: Scene) -> Planting | None:
    """Let a second person work under a doctor's or nurse's account elsewhere while its owner works too."""
    hospital = scene.hospital
    account = scene.pick(hospital.accounts.with_role("doctor", "nurse", "resident"), duties=3)
    if account is None:
        return None
    home = int(hospital.accounts.department[account])
    others = [unit for unit in hospital.with_shape("ward", "clinic", "emergency") if unit != home]
    place = others[int(scene.rng.integers(0, len(others)))]
    duty = scene.shifts(account)
    duty = duty[: round(scene.grade(2, 5, 10))]
    patients: list[int] = []
    times: list[Ints] = []
    for shift in duty.tolist():
        at = np.sort(scene.during(np.full(max(2, int(scene.rng.poisson(5))), shift)))
        open_now = still_in(hospital.encounters, int(at[0]), place)
        pool = hospital.encounters.patient[open_now] if len(open_now) else np.unique(hospital.encounters.patient)
        patients += scene.rng.choice(pool, size=len(at)).tolist()
        times.append(at)
    if not times:
        return None
    rows = scene.open(np.concatenate(times), account, np.array(patients), "ward-round", place, lane=1)
    return Planting([account], rows)


ATTACK = Attack(SCENARIOS["shared-credentials"], (6, 16), plant, drawn_as="shared")
