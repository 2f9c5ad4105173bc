"""Somebody moves to another ward for good; half the time the staff table learns of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from detector.simulator.innocents.innocent import Innocent, Participants, another_ward, moved
from detector.simulator.staff import ALWAYS, Posting

if TYPE_CHECKING:
    from detector.simulator.scene import Scene


def arrange(scene: Scene) -> Participants | None:
    """Choose a nurse or doctor of a ward and move the later duties."""
    hospital, accounts = scene.hospital, scene.hospital.accounts
    people = accounts.with_role("nurse", "doctor")
    people = people[np.isin(accounts.department[people], hospital.with_shape("ward"))]
    account = scene.pick(people, duties=4)
    if account is None:
        return None
    before = int(accounts.department[account])
    ward = another_ward(scene, before)
    if ward is None:
        return None
    moved(scene, account, ward, until_the_end=True)
    if scene.rng.random() < 0.5:
        accounts.postings.append(Posting(account, before, -ALWAYS, scene.first_day - 1))
        accounts.listed_department[account] = ward
    return [account]


INNOCENT = Innocent("transfer", "调入其他病区", (18, 30), arrange, patterns=("no-care-relationship",))
