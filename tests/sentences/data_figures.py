"""What a report says of the data, counted anew: usual volumes, rows by reason of quarantine, what context covers."""

from __future__ import annotations

import datetime as dt
import re
import statistics
from collections import Counter, defaultdict
from collections.abc import Callable
from typing import Final

from detector.deployment.detection import DetectionSettings
from tests.sentences.hospital import Hospital

DAY: Final = dt.timedelta(days=1)
WEEKS: Final = 8
LEAST_DAYS: Final = 2
AFTER_STAY: Final = 30
"""Days after a stay or visit that still belong to it."""
COLUMNS: Final = re.compile(r"\d+ columns instead of (\d+)")
Opened = tuple[dt.date, str, str, dt.datetime, dt.datetime]


def usual_events(hospital: Hospital, source: str, day: dt.date) -> float | None:
    """Return the median of the events on the same weekday in the eight weeks before; None where two days lack."""
    counts = dict(hospital.all("select business_date, count(*) from events where source = ? group by all", source))
    earlier = (counts.get(day - number * 7 * DAY) for number in range(1, WEEKS + 1))
    known = [count for count in earlier if count]
    return float(statistics.median(known)) if len(known) >= LEAST_DAYS else None


def quarantined(hospital: Hospital, first: dt.date, last: dt.date) -> Counter[tuple[str, str]]:
    """Count the quarantined rows by source and kind of reason: without what it quotes from the row."""
    rows = hospital.all(
        "select quarantine.source, reason from quarantine left join files using (file_id)"
        " where not starts_with(quarantine.source, 'context:')"
        " and (first_date is null or (first_date <= ? and last_date >= ?))",
        last, first,
    )  # fmt: skip
    kinds = ((source, reason.partition(":")[0].strip()) for source, reason in rows)
    return Counter(
        (source, f"other columns than the {match[1]} of the header" if (match := COLUMNS.fullmatch(kind)) else kind)
        for source, kind in kinds
    )


def covered(hospital: Hospital, table: str, first: dt.date, last: dt.date) -> float | None:
    """Return the share of the patient-days of people that a context table says something of; None without any."""
    opened: list[Opened] = hospital.all(
        "select business_date, user_id, patient_id, logged.first_at, logged.last_at from patient_days"
        " join logged using (business_date, user_id, patient_id)"
        " where account_type = 'human' and business_date between ? and ?",
        first, last,
    )  # fmt: skip
    said = _SAID[table](hospital)
    return sum(map(said, opened)) / len(opened) if opened else None


def _names(column: str, table: str, place: int) -> Callable[[Hospital], Callable[[Opened], bool]]:
    def of(hospital: Hospital) -> Callable[[Opened], bool]:
        known = {row[0] for row in hospital.all(f"select {column} from {table}")}
        return lambda one: one[place] in known

    return of


def _encounters(hospital: Hospital) -> Callable[[Opened], bool]:
    spans: dict[str, list[tuple[dt.date, dt.date]]] = defaultdict(list)
    for patient, kind, start, end in hospital.all("select patient_id, kind, starts_at, ends_at from encounters"):
        until = start if kind != "inpatient" else end
        over = dt.date.max if until is None else until.date() + AFTER_STAY * DAY
        spans[patient].append((start.date() - DAY, over))
    return lambda one: any(start <= one[0] <= end for start, end in spans[one[2]])


def _care_team(hospital: Hospital) -> Callable[[Opened], bool]:
    early, late = (dt.timedelta(days=_rule(hospital, f"care_team_days_{name}")) for name in ("before", "after"))
    spans = defaultdict(list)
    for user, patient, *span in hospital.all("select user_id, patient_id, starts_at, ends_at from care_team"):
        spans[user, patient].append(span)
    return lambda one: any(
        (start is None or start - early <= one[4]) and (end is None or end + late >= one[3])
        for start, end in spans[one[1], one[2]]
    )


def _roster(hospital: Hospital) -> Callable[[Opened], bool]:
    early, late = (dt.timedelta(minutes=_rule(hospital, f"roster_minutes_{name}")) for name in ("before", "after"))
    spans = defaultdict(list)
    for user, *span in hospital.all("select user_id, starts_at, ends_at from roster"):
        spans[user].append(span)
    return lambda one: any(
        (start is None or start - early <= one[3]) and (end is None or end + late >= one[3])
        for start, end in spans[one[1]]
    )


def _rule(hospital: Hospital, name: str) -> int:
    return int(hospital.settings.get("detection", {}).get(name, getattr(DetectionSettings(), name)))


_SAID: Final[dict[str, Callable[[Hospital], Callable[[Opened], bool]]]] = {
    "staff": _names("user_id", "staff", 1),
    "patients": _names("patient_id", "patients", 2),
    "encounters": _encounters,
    "care_team": _care_team,
    "roster": _roster,
}
