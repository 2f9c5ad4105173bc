"""Which days are worked: weekends, Chinese public holidays and make-up working days."""

from __future__ import annotations

import datetime as dt
from functools import lru_cache
from typing import TYPE_CHECKING

import holidays
import numpy as np

if TYPE_CHECKING:
    from detector.simulator.vocabulary import Flags


@lru_cache(maxsize=8)
def _china(first_year: int, last_year: int) -> holidays.HolidayBase:
    return holidays.country_holidays("CN", years=range(first_year, last_year + 1))


def working_days(start: dt.date, first: int, last: int) -> Flags:
    """Return for each day from `start` + first to `start` + last (exclusive) whether it is worked."""
    dates = [start + dt.timedelta(days=offset) for offset in range(first, last)]
    calendar = _china(dates[0].year, dates[-1].year)
    return np.array([calendar.is_working_day(date) for date in dates], dtype=np.bool_)
