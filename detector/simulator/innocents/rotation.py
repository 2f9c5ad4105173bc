"""Residents rotate: on one day several change departments, as the training plan says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from detector.simulator.innocents.innocent import Innocent, Participants, another_ward, moved
from detector.simulator.staff import ALWAYS, Posting

if TYPE_CHECKING:
    from detector.simulator.scene import Scene


def arrange(scene: Scene) -> Participants | None:
    """Choose some residents and move them; the staff table knows."""
    hospital, accounts = scene.hospital, scene.hospital.accounts
    part = scene.pick_several(accounts.with_role("resident"), max(1, hospital.plan.staff // 150), duties=3)
    for account in part:
        before = int(accounts.department[account])
        ward = another_ward(scene, before)
        if ward is None:
            return None
        moved(scene, account, ward, until_the_end=True)
        if scene.rng.random() < 0.8:
            accounts.postings.append(Posting(account, before, -ALWAYS, scene.first_day - 1))
            accounts.listed_department[account] = ward
    return part or None


INNOCENT = Innocent("rotation", "规培轮转", (20, 30), arrange)
