"""Which dates are days off at a site: weekends and public holidays, make-up working days excepted, and its own ones."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from detector.errors import ConfigError

if TYPE_CHECKING:
    import holidays

    from detector.deployment.settings import Site

SATURDAY: Final = 5
KNOWN_YEARS: Final = range(2000, 2051)
"""Years in which make-up days are looked for; a government decrees them one year, or a few, ahead."""


def days_off(dates: Sequence[dt.date], site: Site | None) -> dict[dt.date, bool]:
    """Tell for each date whether it is a day off; what the site says of it stands before what its calendar says.

    Raises ConfigError where no calendar of the country is known.
    """
    own = {} if site is None else dict.fromkeys(site.holidays, True) | dict.fromkeys(site.working_days, False)
    if site is None or site.calendar is None:
        return {date: own.get(date, date.weekday() >= SATURDAY) for date in dates}
    known = _working_calendar(site.calendar, tuple(sorted({date.year for date in dates})))
    return {date: own[date] if date in own else not known.is_working_day(date) for date in dates}


def make_up_days_end(calendar: str | None) -> int | None:
    """Return the last year whose make-up working days a calendar knows; None where it has none."""
    if calendar is None:
        return None
    made_up = getattr(_working_calendar(calendar, tuple(KNOWN_YEARS)), "weekend_workdays", ())
    return max((date.year for date in made_up), default=None)


@lru_cache(maxsize=8)
def _working_calendar(calendar: str, years: tuple[int, ...]) -> holidays.HolidayBase:
    """Return a country's holidays of some years; every night asks for the same ones."""
    import holidays  # noqa: PLC0415  (half a second that a site without calendar need not wait)

    country, _, subdivision = calendar.partition("-")
    try:
        return holidays.country_holidays(country, subdiv=subdivision or None, years=years)
    except NotImplementedError:
        raise ConfigError(f"no holidays of {calendar!r} are known; name another country", key="site.calendar") from None
