"""A nurse covers on another ward for some days; the staff table does not say so."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from detector.simulator.innocents.innocent import Innocent, Participants, another_ward, moved

if TYPE_CHECKING:
    from detector.simulator.scene import Scene


def arrange(scene: Scene) -> Participants | None:
    """Choose a nurse of a ward and let her work elsewhere."""
    hospital = scene.hospital
    nurses = hospital.accounts.with_role("nurse")
    nurses = nurses[np.isin(hospital.accounts.department[nurses], hospital.with_shape("ward"))]
    account = scene.pick(nurses, duties=3)
    if account is None:
        return None
    ward = another_ward(scene, int(hospital.accounts.department[account]))
    if ward is None:
        return None
    moved(scene, account, ward, until_the_end=False)
    return [account]


INNOCENT = Innocent("cover-ward", "支援其他病区", (5, 10), arrange, patterns=("no-care-relationship",))
