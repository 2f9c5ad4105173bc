"""``[detection]``: what only a hospital knows of itself, with defaults that fit most: offices, hours, tolerances.

The night's SQL reads it as the one row of the table ``site_rules``, whose columns are the fields.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Final

from detector.deployment.checked_table import CheckedTable


@dataclass(frozen=True, slots=True)
class DetectionSettings:
    """``[detection]``. Codes are whole names of departments, words any part of a name; case does not matter.

    Hours are 0 to 23, days of a month 1 to 31. Both may turn: from 22 to 6, from the 25th to the 5th.
    """

    office_codes: tuple[str, ...] = (
        "QC", "QA", "MRD", "HIM", "HIMS", "MR", "INS", "MI", "INF", "IPC", "IC", "BILL", "BILLING", "FIN", "STAT",
        "AUDIT", "UR",
    )  # fmt: skip
    office_words: tuple[str, ...] = (
        "质控", "质量", "病案", "病历", "编码", "医保", "保险", "院感", "感染管理", "感控", "收费", "财务", "结算",
        "统计", "审计", "医务", "quality", "medical record", "coding", "insurance", "infection control", "billing",
        "finance", "statistic", "audit", "utilisation", "utilization",
    )  # fmt: skip
    kiosk_words: tuple[str, ...] = ("kiosk", "自助")
    vendor_words: tuple[str, ...] = ("vendor", "厂商", "外包", "维保")
    service_words: tuple[str, ...] = ("service", "svc_", "interface", "接口", "服务账号")
    night_from: int = 22
    night_to: int = 6
    month_end_from: int = 25
    month_end_to: int = 5
    new_account_days: int = 21
    new_account_history_days: int = 42
    cover_days: int = 7
    cover_patients: int = 4
    cover_share: float = 0.4
    follow_up_days_before: int = 6
    follow_up_days_after: int = 3
    follow_up_discharged_days: int = 31
    follow_up_notes: int = 2
    follow_up_patients: int = 3
    follow_up_patients_per_note: int = 5
    care_team_days_before: int = 1
    care_team_days_after: int = 3
    roster_minutes_before: int = 60
    roster_minutes_after: int = 90
    policy_seconds: int = 60


DEFAULTS: Final = DetectionSettings()
ANY_NUMBER: Final = 10_000
BOUNDS: Final[Mapping[str, tuple[int, int]]] = {
    "night_from": (0, 23),
    "night_to": (0, 23),
    "month_end_from": (1, 31),
    "month_end_to": (1, 31),
    "cover_days": (1, 31),
    "cover_patients": (1, ANY_NUMBER),
    "follow_up_notes": (1, ANY_NUMBER),
    "follow_up_patients": (1, ANY_NUMBER),
    "follow_up_patients_per_note": (1, ANY_NUMBER),
    "policy_seconds": (1, 3600),
    "roster_minutes_before": (0, 24 * 60),
    "roster_minutes_after": (0, 24 * 60),
}
"""Least and greatest value of whole numbers; of those not named, 0 to 366 (days)."""
DAYS: Final = (0, 366)


def read_detection(root: CheckedTable) -> DetectionSettings:
    """Return the ``[detection]`` of a ``detector.toml``. Raises ConfigError."""
    table = root.table("detection")
    table.only(*(field.name for field in fields(DetectionSettings)))
    values: dict[str, Any] = {key: _value(table, key) for key in table.values}
    given = replace(DEFAULTS, **values)
    if given.night_from == given.night_to:
        raise table.error("must differ from 'night_from'", "night_to" if "night_to" in table.values else "night_from")
    return given


def _value(table: CheckedTable, key: str) -> object:
    """Return the value of one key, of the type that its default has."""
    default = getattr(DEFAULTS, key)
    if isinstance(default, tuple):
        return table.texts(key)
    if isinstance(default, float):
        return table.number(key, default, lambda share: 0 < share <= 1, "a share above 0, up to 1")
    least, most = BOUNDS.get(key, DAYS)
    wanted = f"a whole number from {least} to {most}"
    return int(table.number(key, default, lambda value: least <= value <= most and value.is_integer(), wanted))
