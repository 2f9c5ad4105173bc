"""Residents rotate: on one day several change departments, as the training plan says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from detector.simulator.innocents.episode import Innocent, Part, another_ward, moved
from detector.simulator.staff import ALWAYS, Posting

if TYPE_CHECKING:
    from detector.simulator.episodes import Stage


def arrange(stage: Stage) -> Part | None:
    """Choose some residents and move them; the staff table knows."""
    hospital, accounts = stage.hospital, stage.hospital.accounts
    part = stage.pick_several(accounts.with_role("resident"), max(1, hospital.plan.staff // 150), duties=3)
    for account in part:
        before = int(accounts.department[account])
        ward = another_ward(stage, before)
        if ward is None:
            return None
        moved(stage, account, ward, until_the_end=True)
        if stage.rng.random() < 0.8:
            accounts.postings.append(Posting(account, before, -ALWAYS, stage.first_day - 1))
            accounts.listed_department[account] = ward
    return part or None


INNOCENT = Innocent("rotation", "规培轮转", (20, 30), arrange)
