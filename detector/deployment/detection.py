"""``[detection]``: what only a hospital knows of itself, with defaults that fit most: offices, hours, tolerances.

The night's SQL reads it as the one row of the table ``site_rules``, whose columns are the fields.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Annotated, Any, Final

from detector.deployment.checked_table import CheckedTable
from detector.deployment.key import Key


@dataclass(frozen=True, slots=True)
class DetectionSettings:
    """``[detection]``. Codes are whole names of departments, words any part of a name; case does not matter.

    Hours are 0 to 23, days of a month 1 to 31. Both may turn: from 22 to 6, from the 25th to the 5th.
    """

    office_codes: Annotated[
        tuple[str, ...],
        Key(
            "list",
            "codes of departments that are authorised offices: quality control, medical records and coding, "
            "insurance, infection control, billing, statistics. Their reading needs no relation to the patient; a"
            " search by phone, a contact page alone or an export still does",
        ),
    ] = (
        "QC", "QA", "MRD", "HIM", "HIMS", "MR", "INS", "MI", "INF", "IPC", "IC", "BILL", "BILLING", "FIN", "STAT",
        "AUDIT", "UR",
    )  # fmt: skip
    office_words: Annotated[tuple[str, ...], Key("list", "words in the names of such departments")] = (
        "质控", "质量", "病案", "病历", "编码", "医保", "保险", "院感", "感染管理", "感控", "收费", "财务", "结算",
        "统计", "审计", "医务", "quality", "medical record", "coding", "insurance", "infection control", "billing",
        "finance", "statistic", "audit", "utilisation", "utilization",
    )  # fmt: skip
    kiosk_words: Annotated[
        tuple[str, ...],
        Key(
            "list",
            "words in the role or the user id of accounts of kiosks, where the staff table does not say what they are",
        ),
    ] = ("kiosk", "自助")
    vendor_words: Annotated[tuple[str, ...], Key("list", "the same for vendors")] = ("vendor", "厂商", "外包", "维保")
    service_words: Annotated[
        tuple[str, ...],
        Key("list", "the same for interfaces and services"),
    ] = ("service", "svc_", "interface", "接口", "服务账号")
    night_from: Annotated[int, Key("hour, 0–23", "the night begins")] = 22
    night_to: Annotated[int, Key("hour, 0–23", "the night is over")] = 6
    month_end_from: Annotated[
        int,
        Key("day, 1–31", "from this day of the month authorised offices export by duty"),
    ] = 25
    month_end_to: Annotated[int, Key("day, 1–31", "up to this day")] = 5
    new_account_days: Annotated[
        int,
        Key("days", "how long an account is new: joiners read earlier records to learn"),
    ] = 21
    new_account_history_days: Annotated[
        int,
        Key("days", "without a start date in the staff table an account is new only after so much history"),
    ] = 42
    staff_lag_days: Annotated[
        int,
        Key("days", "how long a new account may wait for the staff table before `unknown-account` alerts"),
    ] = 0
    cover_days: Annotated[
        int,
        Key("days, 1–31", "who wrote for inpatients of another unit in these last days works for that unit as well"),
    ] = 7
    cover_patients: Annotated[int, Key("whole number", "… for so many patients, at least")] = 4
    cover_share: Annotated[float, Key("share", "… and for so much of all that the account wrote for")] = 0.4
    follow_up_days_before: Annotated[int, Key("days", "notes of follow-up calls count from so long before the day")] = 6
    follow_up_days_after: Annotated[int, Key("days", "… to so long after it")] = 3
    follow_up_discharged_days: Annotated[int, Key("days", "patients are followed up for so long after discharge")] = 31
    follow_up_notes: Annotated[int, Key("whole number", "follow-up duty: notes on so many patients, at least")] = 2
    follow_up_patients: Annotated[int, Key("whole number", "… and so many discharged patients opened on the day")] = 3
    follow_up_patients_per_note: Annotated[
        int,
        Key("whole number", "… but no more than so many for each with a note"),
    ] = 5
    care_team_days_before: Annotated[
        int,
        Key("days", "a care-team row counts from so long before its start: bookings come late"),
    ] = 1
    care_team_days_after: Annotated[int, Key("days", "… to so long after its end: letters are written after")] = 3
    roster_minutes_before: Annotated[int, Key("minutes", "a shift counts from so long before its start")] = 60
    roster_minutes_after: Annotated[int, Key("minutes", "… to so long after its end")] = 90
    blind_share: Annotated[
        float,
        Key(
            "share",
            "`check`, `run` and `status` exit 1 where more than this share of the successful views, entries, changes, "
            "deletions and prints of the last seven dates (pages of the category `list` apart) name no patient",
        ),
    ] = 0.5
    test_patients: Annotated[
        tuple[str, ...],
        Key(
            "list or path",
            "records that exist for tests, or a file with a column `patient_id`: no finding, no baseline",
        ),
    ] = ()
    policy_seconds: Annotated[
        int,
        Key(
            "seconds, 1–3600",
            "a policy of the site that takes longer on one date is stopped: a warning, and the night goes on",
        ),
    ] = 60


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


def read_detection(root: CheckedTable, folder: Path) -> DetectionSettings:
    """Return the ``[detection]`` of a ``detector.toml`` in a folder. Raises ConfigError."""
    table = root.table("detection")
    table.only(*(field.name for field in fields(DetectionSettings)))
    values: dict[str, Any] = {key: _value(table, key, folder) for key in table.values}
    given = replace(DEFAULTS, **values)
    if given.night_from == given.night_to:
        raise table.error("must differ from 'night_from'", "night_to" if "night_to" in table.values else "night_from")
    return given


def _value(table: CheckedTable, key: str, folder: Path) -> object:
    """Return the value of one key, of the type that its default has."""
    default = getattr(DEFAULTS, key)
    if key == "test_patients" and isinstance(table.values[key], str):
        return _listed(table, key, folder)
    if isinstance(default, tuple):
        return table.texts(key)
    if isinstance(default, float):
        return table.number(key, default, lambda share: 0 < share <= 1, "a share above 0, up to 1")
    least, most = BOUNDS.get(key, DAYS)
    wanted = f"a whole number from {least} to {most}"
    return int(table.number(key, default, lambda value: least <= value <= most and value.is_integer(), wanted))


def _listed(table: CheckedTable, key: str, folder: Path) -> tuple[str, ...]:
    """Return the record numbers of a file: the first column of each line, a header left out."""
    path = table.path(key, folder)
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines() if path else []
    except (OSError, UnicodeError) as error:
        raise table.error(f"{path} cannot be read ({error}); write a CSV with a column patient_id", key) from None
    numbers = (line.split(",")[0].strip().strip('"') for line in lines)
    return tuple(number for number in numbers if number and number != "patient_id")
