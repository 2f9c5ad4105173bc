"""Lists exported wholesale by somebody who may export, at a time that no routine asks for."""

from __future__ import annotations

import numpy as np

from detector.model.scenarios import SCENARIOS
from detector.simulator.attacks.attack import Attack, Planting
from detector.simulator.event_rows import events, joined
from detector.simulator.scene import Scene
from detector.simulator.vocabulary import HOUR, MINUTE, QUERY


def plant(scene: Scene) -> Planting | None:
    """Let a clerk, officer, doctor or head nurse search for a list, export it and sometimes print it."""
    hospital = scene.hospital
    account = scene.pick(hospital.accounts.with_role("clerk", "officer", "coder", "head_nurse", "doctor"), duties=1)
    if account is None:
        return None
    duty = scene.shifts(account)[: round(scene.grade(1, 2, 3))]
    if not len(duty):
        return None
    repeated = np.repeat(duty, round(scene.grade(1, 1, 2)))
    start = hospital.duties.start[repeated]
    at = start + 2 * HOUR + (scene.rng.random(len(repeated)) * 6 * HOUR).astype(np.int64)
    size = np.exp(
        scene.rng.uniform(np.log(scene.grade(140, 320, 900)), np.log(scene.grade(260, 700, 3000)), len(at))
    ).astype(np.int64)
    place = hospital.place_of(repeated)
    rows = [
        events(
            at - scene.rng.integers(MINUTE, 6 * MINUTE, len(at)),
            account,
            place,
            "search",
            "list",
            count=size,
            query=QUERY["other"],
            label=scene.label,
        ),
        events(at, account, place, "export", "list", count=size, label=scene.label),
    ]
    printed = scene.rng.random(len(at)) < 0.3
    rows.append(
        events(
            at[printed] + 90,
            account,
            place[printed],
            "print",
            "list",
            count=np.minimum(size[printed], 200),
            label=scene.label,
        )
    )
    return Planting([account], joined(rows))


ATTACK = Attack(SCENARIOS["bulk-export"], (1, 5), plant)
