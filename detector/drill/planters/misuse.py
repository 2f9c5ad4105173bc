"""Accounts and rights used as they were not meant to be: from outside, after leaving, by two, beyond an approval."""

from __future__ import annotations

from typing import Final

from detector.drill import access_templates, actors, schedules, targets
from detector.drill.planter import Family, IntensityLevel, Planter
from detector.drill.site_profile import Need
from detector.drill.stage import Location

MISUSE: Final = (
    Planter(
        id="external-network",
        patterns=("external-network",),
        family=Family.MISUSE,
        title={"en": "from outside the hospital", "zh": "从院外网络登录查看"},
        actors=actors.staff,
        targets=targets.recent_patients,
        schedule=schedules.between(0, 5),
        template=access_templates.READING,
        levels={"low": IntensityLevel(3, 2), "medium": IntensityLevel(8, 2), "high": IntensityLevel(20, 2)},
        location=Location.OUTSIDE,
        needs=(Need.ADDRESSES,),
        on_duty=False,
    ),
    Planter(
        id="inactive-account",
        patterns=("inactive-account",),
        family=Family.MISUSE,
        title={"en": "the account of somebody who left", "zh": "使用离职人员账号"},
        actors=actors.leavers,
        targets=targets.recent_patients,
        schedule=schedules.between(8, 21),
        template=access_templates.READING,
        levels={"low": IntensityLevel(2, 3), "medium": IntensityLevel(6, 3), "high": IntensityLevel(15, 3)},
        on_duty=False,
    ),
    Planter(
        id="shared-credentials",
        patterns=("shared-credentials", "no-care-relationship"),
        family=Family.MISUSE,
        title={"en": "one account, two people at once", "zh": "一个账号两人同时使用"},
        actors=actors.staff,
        targets=targets.strangers(),
        schedule=schedules.at_work,
        template=access_templates.ROUND,
        levels={"low": IntensityLevel(3, 2), "medium": IntensityLevel(5, 5), "high": IntensityLevel(10, 10)},
        location=Location.ELSEWHERE,
        needs=(Need.WORKSTATIONS,),
    ),
    Planter(
        id="break-glass",
        patterns=("break-glass-misuse", "no-care-relationship"),
        family=Family.MISUSE,
        title={"en": "emergency access without need", "zh": "滥用紧急访问"},
        actors=actors.staff,
        targets=targets.strangers(),
        schedule=schedules.at_work,
        template=access_templates.BROKEN_GLASS,
        levels={"low": IntensityLevel(0.6, 10), "medium": IntensityLevel(1.5, 10), "high": IntensityLevel(4, 10)},
        needs=(Need.BREAK_GLASS,),
    ),
    Planter(
        id="scope-violation",
        patterns=("scope-violation",),
        family=Family.MISUSE,
        title={"en": "a vendor or interface beyond its approval", "zh": "厂商或接口账号超出授权范围"},
        actors=actors.limited_accounts,
        targets=targets.recent_patients,
        schedule=schedules.between(18, 22),
        template=access_templates.PULL,
        levels={"low": IntensityLevel(1.5, 7), "medium": IntensityLevel(5, 7), "high": IntensityLevel(20, 7)},
        on_duty=False,
    ),
)
