"""Somebody moves to another ward for good; half the time the staff table learns of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from detector.simulator.innocents.episode import Innocent, Part, another_ward, moved
from detector.simulator.staff import ALWAYS, Posting

if TYPE_CHECKING:
    from detector.simulator.episodes import Stage


def arrange(stage: Stage) -> Part | None:
    """Choose a nurse or doctor of a ward and move the later duties."""
    hospital, accounts = stage.hospital, stage.hospital.accounts
    people = accounts.with_role("nurse", "doctor")
    people = people[np.isin(accounts.department[people], hospital.with_shape("ward"))]
    account = stage.pick(people, duties=4)
    if account is None:
        return None
    before = int(accounts.department[account])
    ward = another_ward(stage, before)
    if ward is None:
        return None
    moved(stage, account, ward, until_the_end=True)
    if stage.rng.random() < 0.5:
        accounts.postings.append(Posting(account, before, -ALWAYS, stage.first_day - 1))
        accounts.listed_department[account] = ward
    return [account]


INNOCENT = Innocent("transfer", "调入其他病区", (18, 30), arrange, patterns=("no-care-relationship",))
