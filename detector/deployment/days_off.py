"""Which dates are days off at a site: weekends and public holidays, make-up working days excepted."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Final

SATURDAY: Final = 5


def days_off(dates: Sequence[dt.date], calendar: str | None) -> dict[dt.date, bool]:
    """Tell for each date whether it is a day off: weekends and public holidays, make-up working days excepted."""
    if calendar is None:
        return {date: date.weekday() >= SATURDAY for date in dates}
    import holidays  # noqa: PLC0415  (half a second that a site without calendar need not wait)

    country, _, subdivision = calendar.partition("-")
    known = holidays.country_holidays(country, subdiv=subdivision or None, years={date.year for date in dates})
    return {date: not known.is_working_day(date) for date in dates}
