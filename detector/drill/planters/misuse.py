"""Accounts and rights used as they were not meant to be: from outside, after leaving, by two, beyond an approval."""

from __future__ import annotations

from typing import Final

from detector.detection.prerequisites import Prerequisite
from detector.drill import access_templates, actors, patient_targets, schedules
from detector.drill.planter import IntensityLevel, Planter
from detector.drill.stage import Location
from detector.model.scenarios import SCENARIOS

MISUSE: Final = (
    Planter(
        scenario=SCENARIOS["external-network"],
        actors=actors.staff,
        targets=patient_targets.recent_patients,
        schedule=schedules.between(0, 5),
        template=access_templates.READING,
        levels={"low": IntensityLevel(3, 2), "medium": IntensityLevel(8, 2), "high": IntensityLevel(20, 2)},
        location=Location.OUTSIDE,
        needs=(Prerequisite.ADDRESSES,),
        on_duty=False,
    ),
    Planter(
        scenario=SCENARIOS["inactive-account"],
        actors=actors.leavers,
        targets=patient_targets.recent_patients,
        schedule=schedules.between(8, 21),
        template=access_templates.READING,
        levels={"low": IntensityLevel(2, 3), "medium": IntensityLevel(6, 3), "high": IntensityLevel(15, 3)},
        on_duty=False,
    ),
    Planter(
        scenario=SCENARIOS["shared-credentials"],
        actors=actors.staff,
        targets=patient_targets.strangers(),
        schedule=schedules.at_work,
        template=access_templates.ROUND,
        levels={"low": IntensityLevel(3, 2), "medium": IntensityLevel(5, 5), "high": IntensityLevel(10, 10)},
        location=Location.ELSEWHERE,
        needs=(Prerequisite.WORKSTATIONS,),
    ),
    Planter(
        scenario=SCENARIOS["break-glass"],
        actors=actors.staff,
        targets=patient_targets.strangers(),
        schedule=schedules.at_work,
        template=access_templates.BROKEN_GLASS,
        levels={"low": IntensityLevel(0.6, 10), "medium": IntensityLevel(1.5, 10), "high": IntensityLevel(4, 10)},
        needs=(Prerequisite.BREAK_GLASS,),
    ),
    Planter(
        scenario=SCENARIOS["scope-violation"],
        actors=actors.limited_accounts,
        targets=patient_targets.recent_patients,
        schedule=schedules.between(18, 22),
        template=access_templates.PULL,
        levels={"low": IntensityLevel(1.5, 7), "medium": IntensityLevel(5, 7), "high": IntensityLevel(20, 7)},
        on_duty=False,
    ),
    Planter(
        scenario=SCENARIOS["unknown-account"],
        actors=actors.unlisted,
        targets=patient_targets.strangers(),
        schedule=schedules.between(8, 21),
        template=access_templates.READING,
        levels={"low": IntensityLevel(5, 4), "medium": IntensityLevel(15, 4), "high": IntensityLevel(40, 4)},
        needs=(Prerequisite.STAFF,),
        on_duty=False,
    ),
)
