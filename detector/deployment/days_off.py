"""Which dates are days off at a site: weekends and public holidays, make-up working days excepted."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import holidays

SATURDAY: Final = 5


def days_off(dates: Sequence[dt.date], calendar: str | None) -> dict[dt.date, bool]:
    """Tell for each date whether it is a day off: weekends and public holidays, make-up working days excepted."""
    if calendar is None:
        return {date: date.weekday() >= SATURDAY for date in dates}
    known = _working_calendar(calendar, tuple(sorted({date.year for date in dates})))
    return {date: not known.is_working_day(date) for date in dates}


@lru_cache(maxsize=8)
def _working_calendar(calendar: str, years: tuple[int, ...]) -> holidays.HolidayBase:
    """Return a country's holidays of some years; every night asks for the same ones."""
    import holidays  # noqa: PLC0415  (half a second that a site without calendar need not wait)

    country, _, subdivision = calendar.partition("-")
    return holidays.country_holidays(country, subdiv=subdivision or None, years=years)
