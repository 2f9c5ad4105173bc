"""Records of particular people: looked up to order, or out of curiosity."""

from __future__ import annotations

from typing import Final

from detector.drill import access_templates, actors, patient_targets, schedules
from detector.drill.planter import IntensityLevel, Planter
from detector.model.scenarios import SCENARIOS

CURIOSITY: Final = (
    Planter(
        scenario=SCENARIOS["targeted-lookup"],
        actors=actors.staff,
        targets=patient_targets.strangers(),
        schedule=schedules.at_work,
        template=access_templates.WHOLE_HISTORY,
        levels={"low": IntensityLevel(0.25, 42), "medium": IntensityLevel(0.6, 42), "high": IntensityLevel(1.2, 42)},
    ),
    Planter(
        scenario=SCENARIOS["no-care-browsing"],
        actors=actors.staff,
        targets=patient_targets.strangers(),
        schedule=schedules.at_work,
        template=access_templates.READING,
        levels={"low": IntensityLevel(1, 21), "medium": IntensityLevel(2.5, 21), "high": IntensityLevel(6, 21)},
    ),
    Planter(
        scenario=SCENARIOS["sensitive-browsing"],
        actors=actors.staff_not_treating("sensitive"),
        targets=patient_targets.strangers("sensitive"),
        schedule=schedules.at_work,
        template=access_templates.SENSITIVE,
        levels={"low": IntensityLevel(1, 14), "medium": IntensityLevel(2.5, 14), "high": IntensityLevel(6, 14)},
    ),
    Planter(
        scenario=SCENARIOS["after-hours-reading"],
        actors=actors.staff,
        targets=patient_targets.recent_patients,
        schedule=schedules.after_hours,
        template=access_templates.READING,
        levels={"low": IntensityLevel(1.5, 10), "medium": IntensityLevel(4, 10), "high": IntensityLevel(10, 10)},
    ),
    Planter(
        scenario=SCENARIOS["vip-snooping"],
        actors=actors.staff,
        targets=patient_targets.public_persons,
        schedule=schedules.at_work,
        template=access_templates.READING,
        levels={"low": IntensityLevel(0.3, 3), "medium": IntensityLevel(0.7, 3), "high": IntensityLevel(1.5, 3)},
    ),
    Planter(
        scenario=SCENARIOS["celebrity"],
        actors=actors.staff,
        targets=patient_targets.public_persons,
        schedule=schedules.at_work,
        template=access_templates.READING,
        levels={
            "low": IntensityLevel(0.4, 4, 4),
            "medium": IntensityLevel(0.4, 4, 8),
            "high": IntensityLevel(0.4, 4, 16),
        },
        again=True,
        together=False,
    ),
    Planter(
        scenario=SCENARIOS["colleague-lookup"],
        actors=actors.staff_with_a_record,
        targets=patient_targets.colleagues_and_family,
        schedule=schedules.at_work,
        template=access_templates.READING,
        levels={"low": IntensityLevel(0.2, 14), "medium": IntensityLevel(0.5, 14), "high": IntensityLevel(1, 14)},
    ),
    Planter(
        scenario=SCENARIOS["self-lookup"],
        actors=actors.staff_with_a_record,
        targets=patient_targets.own_record,
        schedule=schedules.at_work,
        template=access_templates.READING,
        levels={"low": IntensityLevel(0.2, 5), "medium": IntensityLevel(0.6, 5), "high": IntensityLevel(1.5, 5)},
        again=True,
    ),
    Planter(
        scenario=SCENARIOS["decoy-access"],
        actors=actors.staff,
        targets=patient_targets.decoys,
        schedule=schedules.at_work,
        template=access_templates.CONTACT,
        levels={"low": IntensityLevel(0.3, 3), "medium": IntensityLevel(0.7, 3), "high": IntensityLevel(1.5, 3)},
    ),
)
