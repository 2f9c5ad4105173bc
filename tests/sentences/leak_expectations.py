"""How many of the leaked patients an account would have opened anyway, and how likely as many by accident: recounted.

Loops over the log and the encounters, and every set of patients that the account may have opened.
"""

from __future__ import annotations

import datetime as dt
import itertools
import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Final, NamedTuple

from tests.sentences.hospital import Hospital
from tests.sentences.site_pages import ACCESS

CONTROLS: Final = 60
"""Patients like the one who complained: so many nearest in time."""


class _Visit(NamedTuple):
    patient: str
    department: str
    kind: str
    on: dt.date


class LeakExpectations:
    """Expected numbers and chances for a list of ``complaints``: record → the date on which it became known."""

    def __init__(self, hospital: Hospital, complaints: Mapping[str, dt.date]) -> None:
        self.hospital, self.complaints = hospital, complaints

    def expected(self, user: str) -> float:
        """How many of the leaked patients the account was to open."""
        return sum(self._chances(user))

    def p_value(self, user: str, opened: int) -> float:
        """The chance to open at least so many by accident, times the number of accounts."""
        chances = self._chances(user)
        total = 0.0
        for which in itertools.product((True, False), repeat=len(chances)):
            if sum(which) >= opened:
                total += math.prod(p if one else 1 - p for p, one in zip(chances, which, strict=True))
        return min(1.0, total * len(self._first_opened))

    @cached_property
    def _first_opened(self) -> Mapping[str, Mapping[str, dt.date]]:
        """Account → record → the first date on which it opened it."""
        found: dict[str, dict[str, dt.date]] = defaultdict(dict)
        for user, patient, day in self.hospital.all(
            f"select user_id, patient_id, min(business_date) from events where {ACCESS} group by all"
        ):
            found[user][patient] = day
        return found

    @cached_property
    def _visits(self) -> Sequence[_Visit]:
        rows = self.hospital.all(
            "select patient_id, department, coalesce(kind, 'outpatient'), starts_at::date from encounters"
            " where department is not null"
        )
        if not self.hospital.one("select count(*) from encounters"):
            rows = self.hospital.all(
                f"select patient_id, patient_department, 'log', min(business_date) from events where {ACCESS}"
                " and patient_department <> '' group by all"
            )
        return [_Visit(*row) for row in rows]

    @cached_property
    def _controls(self) -> Mapping[str, Sequence[str]]:
        """Leaked record → patients like it who did not complain."""
        return {patient: self._like(patient, known_on) for patient, known_on in self.complaints.items()}

    def _like(self, patient: str, known_on: dt.date) -> Sequence[str]:
        own = [one for one in self._visits if one.patient == patient and one.on <= known_on]
        if not own:
            return []
        stays = [one for one in own if one.kind == "inpatient"] or own
        newest = max(one.on for one in stays)
        visit = min((one for one in stays if one.on == newest), key=lambda one: one.department)
        distance: dict[str, int] = {}
        for one in self._visits:
            alike = (one.department, one.kind) == (visit.department, visit.kind)
            if alike and one.on <= known_on and one.patient not in self.complaints:
                days = abs((one.on - visit.on).days)
                distance[one.patient] = min(days, distance.get(one.patient, days))
        return sorted(distance, key=lambda one: (distance[one], self._lot(one), one))[:CONTROLS]

    def _lot(self, patient: str) -> int:
        """Of patients equally near, the program takes some by a hash."""
        return int(self.hospital.one("select hash(?::varchar)", patient))

    def _chances(self, user: str) -> Sequence[float]:
        opened = self._first_opened[user]
        chances = []
        for patient, known_on in self.complaints.items():
            controls = self._controls[patient]
            count = sum(one in opened and opened[one] <= known_on for one in controls)
            chances.append((count + 0.5) / (len(controls) + 1) if controls else math.nan)
        return chances
