"""The days that a report covers, and the days it compares them with.

No clock: ``day``, ``week`` and ``month`` end with the last business date worked through.
"""

from __future__ import annotations

import calendar
import datetime as dt
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from detector.errors import UsageError

ONE_DAY: Final = dt.timedelta(days=1)
LEAST_DAYS: Final = 28


@dataclass(frozen=True, slots=True)
class Period:
    """The days from ``first`` to ``last``, both included; ``before`` is what they are compared with."""

    kind: str
    first: dt.date
    last: dt.date
    before: tuple[dt.date, dt.date]

    @property
    def days(self) -> int:
        """Number of days."""
        return (self.last - self.first).days + 1

    @property
    def is_short(self) -> bool:
        """Whether it is too short to show what is usual."""
        return self.days < LEAST_DAYS

    def has(self, day: dt.date | str | None) -> bool:
        """Tell whether a date (or its ISO text) lies in the period."""
        if day is None:
            return False
        return self.first <= (dt.date.fromisoformat(day) if isinstance(day, str) else day) <= self.last


def _span(kind: str, first: dt.date, last: dt.date) -> Period:
    """Return a period that is compared with as many days before it."""
    days = last - first + ONE_DAY
    return Period(kind, first, last, (first - days, first - ONE_DAY))


def _month(newest: dt.date) -> Period:
    """Return the calendar month so far; compared with the same days of the month before, or with all of it."""
    first = newest.replace(day=1)
    last_before = first - ONE_DAY
    whole = newest.day == calendar.monthrange(newest.year, newest.month)[1]
    end = last_before if whole else last_before.replace(day=min(newest.day, last_before.day))
    return Period("month", first, newest, (last_before.replace(day=1), end))


KINDS: Final[Mapping[str, Callable[[dt.date], Period]]] = {
    "day": lambda newest: _span("day", newest, newest),
    "week": lambda newest: _span("week", newest - 6 * ONE_DAY, newest),
    "month": _month,
}
"""Periods by name, each from the last business date worked through."""


def read_period(text: str, newest: dt.date) -> Period:
    """Return the period that ``day``, ``week``, ``month`` or ``FROM..TO`` names. Raises UsageError."""
    if text in KINDS:
        return KINDS[text](newest)
    dates = re.fullmatch(r"(\d{4}-\d{2}-\d{2})\.\.(\d{4}-\d{2}-\d{2})", text)
    if dates is None:
        raise UsageError(
            f"--period: {text!r} is none of {', '.join(KINDS)} and no FROM..TO such as 2026-07-01..2026-07-31"
        )
    try:
        first, last = (dt.date.fromisoformat(one) for one in dates.groups())
    except ValueError as error:
        raise UsageError(f"--period: {text!r}: {error}") from None
    if first > last:
        raise UsageError(f"--period: {first} is after {last}")
    if last > newest:
        raise UsageError(f"--period: {last} has not been worked through; the last business date is {newest}")
    return _span("range", first, last)
