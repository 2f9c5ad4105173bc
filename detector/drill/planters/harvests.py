"""Records taken to be sold: many, of a market that pays, contact pages rather than clinical ones."""

from __future__ import annotations

from typing import Final

from detector.drill import access_templates, actors, schedules, targets
from detector.drill.planter import Family, IntensityLevel, Planter
from detector.drill.site_profile import Need

MOTHERS: Final = ("maternity-harvesting", "contact-harvesting")
SLOW: Final = (*MOTHERS, "no-care-relationship")

HARVESTS: Final = (
    Planter(
        id="maternity-office-hours",
        patterns=MOTHERS,
        family=Family.HARVEST,
        title={"en": "mothers' contacts, on duty", "zh": "上班时间查看产妇联系方式"},
        actors=actors.staff_treating("maternity"),
        targets=targets.unit_patients("maternity"),
        schedule=schedules.at_work,
        template=access_templates.CONTACT,
        levels={"low": IntensityLevel(3, 14), "medium": IntensityLevel(7, 14), "high": IntensityLevel(15, 14)},
    ),
    Planter(
        id="maternity-after-hours",
        patterns=("maternity-harvesting", "after-hours-access", "contact-harvesting"),
        family=Family.HARVEST,
        title={"en": "mothers' contacts, off duty", "zh": "下班后查看产妇联系方式"},
        actors=actors.staff_treating("maternity"),
        targets=targets.unit_patients("maternity"),
        schedule=schedules.after_hours,
        template=access_templates.CONTACT,
        levels={"low": IntensityLevel(1.5, 14), "medium": IntensityLevel(3, 14), "high": IntensityLevel(7, 14)},
    ),
    Planter(
        id="maternity-slow",
        patterns=MOTHERS,
        family=Family.HARVEST,
        title={"en": "mothers' contacts, a few a shift", "zh": "每班少量查产妇联系方式"},
        actors=actors.staff_treating("maternity"),
        targets=targets.unit_patients("maternity"),
        schedule=schedules.at_work,
        template=access_templates.CONTACT,
        levels={"low": IntensityLevel(1.5, 28), "medium": IntensityLevel(3.5, 28), "high": IntensityLevel(7, 28)},
    ),
    Planter(
        id="newborn-parents",
        patterns=MOTHERS,
        family=Family.HARVEST,
        title={"en": "newborns' parents", "zh": "查看新生儿父母联系方式"},
        actors=actors.staff_treating("newborn"),
        targets=targets.unit_patients("newborn", before=1, after=targets.NEWBORN_DAYS),
        schedule=schedules.at_work,
        template=access_templates.NEWBORN_CONTACT,
        levels={"low": IntensityLevel(1.5, 21), "medium": IntensityLevel(3.5, 21), "high": IntensityLevel(7, 21)},
    ),
    Planter(
        id="low-and-slow",
        patterns=SLOW,
        family=Family.HARVEST,
        title={"en": "one or two mothers a day, for weeks", "zh": "每天一两名产妇，持续数周"},
        actors=actors.staff_treating("maternity"),
        targets=targets.unit_patients("maternity"),
        schedule=schedules.at_work,
        template=access_templates.CONTACT,
        levels={"low": IntensityLevel(0.7, 42), "medium": IntensityLevel(1.3, 42), "high": IntensityLevel(2.2, 42)},
    ),
    Planter(
        id="shared-out",
        patterns=SLOW,
        family=Family.HARVEST,
        title={"en": "two colleagues share the harvest", "zh": "两名同事分头查看"},
        actors=actors.staff_treating("maternity"),
        targets=targets.unit_patients("maternity"),
        schedule=schedules.at_work,
        template=access_templates.CONTACT,
        levels={
            "low": IntensityLevel(1, 28, 2),
            "medium": IntensityLevel(2.2, 28, 2),
            "high": IntensityLevel(4.5, 28, 2),
        },
    ),
    Planter(
        id="cover-traffic",
        patterns=SLOW,
        family=Family.HARVEST,
        title={"en": "contacts hidden among clinical pages", "zh": "以诊疗页面掩护查看联系方式"},
        actors=actors.staff_treating("maternity"),
        targets=targets.unit_patients("maternity"),
        schedule=schedules.at_work,
        template=access_templates.COVERED_CONTACT,
        levels={"low": IntensityLevel(1.5, 21), "medium": IntensityLevel(3.5, 21), "high": IntensityLevel(7, 21)},
    ),
    Planter(
        id="contact-harvesting",
        patterns=("contact-harvesting", "no-care-relationship"),
        family=Family.HARVEST,
        title={"en": "anybody's contacts", "zh": "查看各科患者联系方式"},
        actors=actors.staff_not_treating("maternity"),
        targets=targets.recent_patients,
        schedule=schedules.at_work,
        template=access_templates.CONTACT,
        levels={"low": IntensityLevel(3, 14), "medium": IntensityLevel(8, 14), "high": IntensityLevel(20, 14)},
    ),
    Planter(
        id="bulk-export",
        patterns=("bulk-export",),
        family=Family.HARVEST,
        title={"en": "lists exported", "zh": "导出患者列表"},
        actors=actors.staff_using_lists,
        targets=targets.recent_patients,
        schedule=schedules.at_work,
        template=access_templates.EXPORT,
        levels={"low": IntensityLevel(150, 1), "medium": IntensityLevel(400, 2), "high": IntensityLevel(1200, 3)},
        needs=(Need.EXPORTS,),
        list_export=True,
    ),
    Planter(
        id="record-enumeration",
        patterns=("record-enumeration",),
        family=Family.HARVEST,
        title={"en": "record numbers in a row", "zh": "按病历号逐个打开"},
        actors=actors.staff,
        targets=targets.by_number,
        schedule=schedules.in_one_go,
        template=access_templates.STEP,
        levels={"low": IntensityLevel(60, 3), "medium": IntensityLevel(200, 3), "high": IntensityLevel(800, 3)},
        consecutive=True,
    ),
)
