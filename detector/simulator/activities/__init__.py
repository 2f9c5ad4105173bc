"""The activities of the simulation: what a visit to a record looks like in each job, and without one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from detector.simulator.activities.clinical import CLINICAL
from detector.simulator.activities.idle import IDLE
from detector.simulator.activities.services import SERVICES

if TYPE_CHECKING:
    from detector.simulator.accesses import Activity

ACTIVITIES: Final[tuple[Activity, ...]] = CLINICAL + SERVICES + IDLE
"""All activities; an access stores the position."""

_NUMBER: Final = {activity.name: position for position, activity in enumerate(ACTIVITIES)}


def activity(name: str) -> int:
    """Return the position of an activity."""
    return _NUMBER[name]
