"""Accounts and rights used as they were not meant to be: from outside, after leaving, by two, beyond an approval."""

from __future__ import annotations

from typing import Final

from detector.drill import access_templates, actors, schedules, targets
from detector.drill.planter import Family, Level, Need, Place, Planter

MISUSE: Final = (
    Planter(
        id="external-network",
        patterns=("external-network",),
        family=Family.MISUSE,
        title={"en": "from outside the hospital", "zh": "从院外网络登录查看"},
        who=actors.people,
        whom=targets.recent_patients,
        when=schedules.between(0, 5),
        page=access_templates.READING,
        levels={"low": Level(3, 2), "medium": Level(8, 2), "high": Level(20, 2)},
        place=Place.OUTSIDE,
        needs=(Need.ADDRESSES,),
        on_duty=False,
    ),
    Planter(
        id="inactive-account",
        patterns=("inactive-account",),
        family=Family.MISUSE,
        title={"en": "the account of somebody who left", "zh": "使用离职人员账号"},
        who=actors.leavers,
        whom=targets.recent_patients,
        when=schedules.between(8, 21),
        page=access_templates.READING,
        levels={"low": Level(2, 3), "medium": Level(6, 3), "high": Level(15, 3)},
        on_duty=False,
    ),
    Planter(
        id="shared-credentials",
        patterns=("shared-credentials", "no-care-relationship"),
        family=Family.MISUSE,
        title={"en": "one account, two people at once", "zh": "一个账号两人同时使用"},
        who=actors.people,
        whom=targets.strangers(),
        when=schedules.at_work,
        page=access_templates.ROUND,
        levels={"low": Level(3, 2), "medium": Level(5, 5), "high": Level(10, 10)},
        place=Place.ELSEWHERE,
        needs=(Need.WORKSTATIONS,),
    ),
    Planter(
        id="break-glass",
        patterns=("break-glass-misuse", "no-care-relationship"),
        family=Family.MISUSE,
        title={"en": "emergency access without need", "zh": "滥用紧急访问"},
        who=actors.people,
        whom=targets.strangers(),
        when=schedules.at_work,
        page=access_templates.BROKEN_GLASS,
        levels={"low": Level(0.6, 10), "medium": Level(1.5, 10), "high": Level(4, 10)},
        needs=(Need.BREAK_GLASS,),
    ),
    Planter(
        id="scope-violation",
        patterns=("scope-violation",),
        family=Family.MISUSE,
        title={"en": "a vendor or interface beyond its approval", "zh": "厂商或接口账号超出授权范围"},
        who=actors.limited_accounts,
        whom=targets.recent_patients,
        when=schedules.between(18, 22),
        page=access_templates.PULL,
        levels={"low": Level(1.5, 7), "medium": Level(5, 7), "high": Level(20, 7)},
        on_duty=False,
    ),
)
