"""A clerk at the registration desk copies pregnant women's telephone numbers in the quiet hours."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from detector.model.scenarios import SCENARIOS
from detector.simulator.attacks.attack import Attack, Planting
from detector.simulator.attacks.harvesting import Market, Mothers, chosen_patients
from detector.simulator.vocabulary import DAY, HOUR

if TYPE_CHECKING:
    from detector.simulator.scene import Scene


def plant(scene: Scene) -> Planting | None:
    """Let a clerk open contact pages of women who are not at the desk, around noon and before closing."""
    hospital = scene.hospital
    desk = np.concatenate([hospital.accounts.with_role("clerk", department=unit) for unit in hospital.coded("REG")])
    account = scene.pick(desk, duties=5)
    if account is None:
        return None
    groups: list[tuple[float, Market]] = []
    for unit in hospital.coded("OB"):
        mothers = Mothers(scene, unit)
        groups += [(0.6, mothers.coming), (0.4, mothers.gone)]
    duty = scene.per_shift(account, scene.grade(4.0, 10.0, 25.0), skip=0.1)
    day = hospital.duties.day[duty] * DAY
    noon = scene.rng.random(len(duty)) < 0.6
    within = scene.rng.random(len(duty))
    times = day + np.where(noon, 12 * HOUR + within * 1.4 * HOUR, 16.4 * HOUR + within * HOUR).astype(np.int64)
    at, patient = chosen_patients(scene, account, groups, np.sort(times), set())
    return Planting([account], scene.open(at, account, patient, "contact-page"))


ATTACK = Attack(SCENARIOS["front-desk"], (14, 28), plant, harvest=True)
