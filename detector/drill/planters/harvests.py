"""Records taken to be sold: many, of a market that pays, contact pages rather than clinical ones."""

from __future__ import annotations

from typing import Final

from detector.detection.prerequisites import Prerequisite
from detector.drill import access_templates, actors, patient_targets, schedules
from detector.drill.planter import IntensityLevel, Planter
from detector.model.scenarios import SCENARIOS

HARVESTS: Final = (
    Planter(
        scenario=SCENARIOS["maternity-office-hours"],
        actors=actors.staff_treating("maternity"),
        targets=patient_targets.unit_patients("maternity"),
        schedule=schedules.at_work,
        template=access_templates.CONTACT,
        levels={"low": IntensityLevel(3, 14), "medium": IntensityLevel(7, 14), "high": IntensityLevel(15, 14)},
    ),
    Planter(
        scenario=SCENARIOS["maternity-after-hours"],
        actors=actors.staff_treating("maternity"),
        targets=patient_targets.unit_patients("maternity"),
        schedule=schedules.after_hours,
        template=access_templates.CONTACT,
        levels={"low": IntensityLevel(1.5, 14), "medium": IntensityLevel(3, 14), "high": IntensityLevel(7, 14)},
    ),
    Planter(
        scenario=SCENARIOS["maternity-slow"],
        actors=actors.staff_treating("maternity"),
        targets=patient_targets.unit_patients("maternity"),
        schedule=schedules.at_work,
        template=access_templates.CONTACT,
        levels={"low": IntensityLevel(1.5, 28), "medium": IntensityLevel(3.5, 28), "high": IntensityLevel(7, 28)},
    ),
    Planter(
        scenario=SCENARIOS["newborn-parents"],
        actors=actors.staff_treating("newborn"),
        targets=patient_targets.unit_patients("newborn", before=1, after=patient_targets.NEWBORN_DAYS),
        schedule=schedules.at_work,
        template=access_templates.NEWBORN_CONTACT,
        levels={"low": IntensityLevel(1.5, 21), "medium": IntensityLevel(3.5, 21), "high": IntensityLevel(7, 21)},
    ),
    Planter(
        scenario=SCENARIOS["low-and-slow"],
        actors=actors.staff_treating("maternity"),
        targets=patient_targets.unit_patients("maternity"),
        schedule=schedules.at_work,
        template=access_templates.CONTACT,
        levels={"low": IntensityLevel(0.7, 42), "medium": IntensityLevel(1.3, 42), "high": IntensityLevel(2.2, 42)},
    ),
    Planter(
        scenario=SCENARIOS["shared-out"],
        actors=actors.staff_treating("maternity"),
        targets=patient_targets.unit_patients("maternity"),
        schedule=schedules.at_work,
        template=access_templates.CONTACT,
        levels={
            "low": IntensityLevel(1, 28, 2),
            "medium": IntensityLevel(2.2, 28, 2),
            "high": IntensityLevel(4.5, 28, 2),
        },
    ),
    Planter(
        scenario=SCENARIOS["cover-traffic"],
        actors=actors.staff_treating("maternity"),
        targets=patient_targets.unit_patients("maternity"),
        schedule=schedules.at_work,
        template=access_templates.COVERED_CONTACT,
        levels={"low": IntensityLevel(1.5, 21), "medium": IntensityLevel(3.5, 21), "high": IntensityLevel(7, 21)},
    ),
    Planter(
        scenario=SCENARIOS["contact-harvesting"],
        actors=actors.staff_not_treating("maternity"),
        targets=patient_targets.recent_patients,
        schedule=schedules.at_work,
        template=access_templates.CONTACT,
        levels={"low": IntensityLevel(3, 14), "medium": IntensityLevel(8, 14), "high": IntensityLevel(20, 14)},
    ),
    Planter(
        scenario=SCENARIOS["bulk-export"],
        actors=actors.staff_using_lists,
        targets=patient_targets.recent_patients,
        schedule=schedules.at_work,
        template=access_templates.EXPORT,
        levels={"low": IntensityLevel(150, 1), "medium": IntensityLevel(400, 2), "high": IntensityLevel(1200, 3)},
        needs=(Prerequisite.EXPORTS,),
        list_export=True,
    ),
    Planter(
        scenario=SCENARIOS["record-enumeration"],
        actors=actors.staff,
        targets=patient_targets.by_number,
        schedule=schedules.in_one_go,
        template=access_templates.STEP,
        levels={"low": IntensityLevel(60, 3), "medium": IntensityLevel(200, 3), "high": IntensityLevel(800, 3)},
        consecutive=True,
    ),
    Planter(
        scenario=SCENARIOS["own-ward-contacts"],
        actors=actors.nurses_of_wards("maternity"),
        targets=patient_targets.in_ward_now("maternity"),
        schedule=schedules.at_work,
        template=access_templates.PHONE_NUMBER,
        levels={"low": IntensityLevel(3, 28), "medium": IntensityLevel(4, 28), "high": IntensityLevel(8, 28)},
        familiar=True,
    ),
    Planter(
        scenario=SCENARIOS["fresh-discharge-contacts"],
        actors=actors.nurses_of_wards("maternity"),
        targets=patient_targets.just_left_ward("maternity"),
        schedule=schedules.at_work,
        template=access_templates.PHONE_NUMBER,
        levels={"low": IntensityLevel(3, 28), "medium": IntensityLevel(4, 28), "high": IntensityLevel(8, 28)},
        familiar=True,
    ),
    Planter(
        scenario=SCENARIOS["interface-harvesting"],
        actors=actors.machines("service"),
        targets=patient_targets.anybody,
        schedule=schedules.between(0, 24),
        template=access_templates.FETCH,
        levels={"low": IntensityLevel(30, 10), "medium": IntensityLevel(100, 10), "high": IntensityLevel(300, 10)},
        on_duty=False,
        own_pages=True,
    ),
    Planter(
        scenario=SCENARIOS["kiosk-harvesting"],
        actors=actors.machines("kiosk"),
        targets=patient_targets.anybody,
        schedule=schedules.at_work,
        template=access_templates.SELF_SERVICE,
        levels={"low": IntensityLevel(10, 10), "medium": IntensityLevel(40, 10), "high": IntensityLevel(120, 10)},
        own_pages=True,
    ),
)
