"""Departments of a hospital: what they are for, how they share the staff, what they write."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from detector.simulator.plan import HospitalKind

Shape = Literal["ward", "clinic", "emergency", "technical", "office"]


@dataclass(frozen=True)
class Blueprint:
    """One department before the hospital has a size.

    `share` is its part of the staff, `least` the fewest people it can work with (a smaller
    hospital does without it unless `needed`), `record` the category of its specialty's pages,
    `stay_days` the mean length of an inpatient stay.
    """

    code: str
    name: str
    shape: Shape
    share: float
    least: int
    role: str = "doctor"
    record: str = "note"
    stay_days: float = 6.0
    needed: bool = False


@dataclass(frozen=True)
class Department:
    """One department of the hospital; `name` is what logs and context tables write."""

    index: int
    code: str
    name: str
    shape: Shape
    role: str
    record: str
    stay_days: float
    staff: int


_OFFICES: Final = (
    Blueprint("US", "超声科", "technical", 0.035, 2, "technician", "imaging", needed=True),
    Blueprint("RAD", "放射科", "technical", 0.03, 2, "technician", "imaging", needed=True),
    Blueprint("LAB", "检验科", "technical", 0.05, 3, "technician", "result", needed=True),
    Blueprint("PHARM", "药剂科", "technical", 0.045, 2, "pharmacist", "medication", needed=True),
    Blueprint("REG", "门诊挂号处", "office", 0.035, 3, "clerk", "demographics", needed=True),
    Blueprint("BILL", "住院结算处", "office", 0.025, 2, "clerk", "billing", needed=True),
    Blueprint("MRD", "病案室", "office", 0.015, 2, "coder", "other", needed=True),
    Blueprint("QC", "质控科", "office", 0.01, 2, "officer", "note", needed=True),
    Blueprint("INF", "院感科", "office", 0.008, 1, "officer", "infectious", needed=True),
    Blueprint("INS", "医保办", "office", 0.01, 1, "officer", "billing", needed=True),
    Blueprint("IT", "信息科", "office", 0.012, 1, "it", "other", needed=True),
)
_MATERNITY: Final = (
    Blueprint("OB", "产科", "ward", 0.20, 12, record="obstetric", stay_days=3.4, needed=True),
    Blueprint("NEO", "新生儿科", "ward", 0.10, 7, record="newborn", stay_days=6.5, needed=True),
    Blueprint("GYN", "妇科", "ward", 0.09, 7, stay_days=4.5),
    Blueprint("PED", "儿科", "ward", 0.10, 7, stay_days=5.0),
    Blueprint("ER", "急诊科", "emergency", 0.05, 6),
    Blueprint("REP", "生殖医学中心", "clinic", 0.03, 4, record="reproductive"),
    Blueprint("PSY", "心理科", "clinic", 0.02, 3, record="psychiatric"),
    Blueprint("BRE", "乳腺外科", "ward", 0.04, 7, stay_days=4.0),
    Blueprint("PSU", "小儿外科", "ward", 0.04, 7, stay_days=4.5),
    Blueprint("ICU", "重症医学科", "ward", 0.035, 7, stay_days=4.0),
    Blueprint("CHC", "儿童保健科", "clinic", 0.025, 4),
    Blueprint("DERM", "皮肤科", "clinic", 0.012, 3),
)
_GENERAL: Final = (
    Blueprint("IM", "内科", "ward", 0.09, 7, stay_days=7.0, needed=True),
    Blueprint("OB", "产科", "ward", 0.085, 10, record="obstetric", stay_days=3.4, needed=True),
    Blueprint("SURG", "普外科", "ward", 0.08, 7, stay_days=6.0),
    Blueprint("ER", "急诊科", "emergency", 0.06, 6),
    Blueprint("NEO", "新生儿科", "ward", 0.04, 7, record="newborn", stay_days=6.5),
    Blueprint("CARD", "心内科", "ward", 0.06, 7, stay_days=6.0),
    Blueprint("PED", "儿科", "ward", 0.05, 7, stay_days=4.5),
    Blueprint("PSY", "精神科", "ward", 0.045, 7, record="psychiatric", stay_days=15.0),
    Blueprint("ORTH", "骨科", "ward", 0.05, 7, stay_days=8.0),
    Blueprint("RESP", "呼吸科", "ward", 0.05, 7, stay_days=7.0),
    Blueprint("GYN", "妇科", "ward", 0.045, 7, stay_days=4.5),
    Blueprint("ONC", "肿瘤科", "ward", 0.04, 7, stay_days=7.0),
    Blueprint("ICU", "重症医学科", "ward", 0.04, 7, stay_days=5.0),
    Blueprint("REP", "生殖中心", "clinic", 0.012, 4, record="reproductive"),
    Blueprint("IDC", "感染科", "clinic", 0.012, 4, record="infectious"),
    Blueprint("DERM", "皮肤科", "clinic", 0.012, 3),
    Blueprint("OPH", "眼科", "clinic", 0.012, 3),
)
BLUEPRINTS: Final[dict[HospitalKind, tuple[Blueprint, ...]]] = {
    "maternity": _MATERNITY + _OFFICES,
    "general": _GENERAL + _OFFICES,
}
UNIT_SIZE: Final = 34
"""Staff above which a ward is split into units of its own."""

_ORDINALS: Final = "一二三四五六七八九十"


def _ordinal(number: int) -> str:
    """Spell 1 … 99 in Chinese."""
    tens, ones = divmod(number, 10)
    head = ("" if tens == 0 else "十") if tens < 2 else _ORDINALS[tens - 1] + "十"
    return head + (_ORDINALS[ones - 1] if ones else "")


def departments(kind: HospitalKind, staff: int) -> tuple[Department, ...]:
    """Return the departments of a hospital with `staff` people, large wards split into units."""
    chosen = _affordable(BLUEPRINTS[kind], staff)
    made: list[Department] = []
    for blueprint, size in zip(chosen, _sizes(chosen, staff), strict=True):
        units = max(1, round(size / UNIT_SIZE)) if blueprint.shape == "ward" else 1
        for unit in range(units):
            code = blueprint.code + (str(unit + 1) if units > 1 else "")
            chinese = blueprint.name + (_ordinal(unit + 1) + "病区" if units > 1 else "")
            made.append(
                Department(
                    index=len(made),
                    code=blueprint.code,
                    name=chinese if kind == "maternity" else code,
                    shape=blueprint.shape,
                    role=blueprint.role,
                    record=blueprint.record,
                    stay_days=blueprint.stay_days,
                    staff=size // units + (unit < size % units),
                )
            )
    return tuple(made)


def _affordable(blueprints: tuple[Blueprint, ...], staff: int) -> list[Blueprint]:
    """Return the blueprints that `staff` people suffice for: the needed ones, and others in order."""
    chosen = [b for b in blueprints if b.needed or staff * b.share >= b.least * 0.75]
    minimum = sum(b.least for b in chosen if b.needed)
    while sum(b.least for b in chosen) > max(staff, minimum):
        chosen.remove(next(b for b in reversed(chosen) if not b.needed))
    return chosen


def _sizes(chosen: list[Blueprint], staff: int) -> list[int]:
    """Return the people of each department; their sum is `staff`, or the least that the departments need."""
    spare = max(0, staff - sum(b.least for b in chosen))
    shares = sum(b.share for b in chosen)
    sizes = [max(b.least, round(staff * b.share / shares)) for b in chosen]
    excess = sum(sizes) - staff
    while excess > 0 and spare:  # the largest give what the smallest need
        at = max(range(len(chosen)), key=lambda i: sizes[i] - chosen[i].least)
        if sizes[at] <= chosen[at].least:
            break
        sizes[at] -= 1
        excess -= 1
    sizes[0] += max(0, -excess)
    return sizes
