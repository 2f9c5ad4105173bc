"""Records that were sealed in a period, as the trail tells it."""

from __future__ import annotations

import datetime as dt
from typing import Final

from detector.reports.periods import ONE_DAY, Period
from detector.trail import Entry, Trail

KIND: Final = "sealing"
ACT: Final = "seal"


def sealed_in(trail: Trail, period: Period) -> frozenset[str]:
    """Return the records that were sealed in the period, as officers named them.

    A sealing belongs to the day after the last one that had been worked through when it was entered, as decisions do.
    """
    entries = [entry for entry in trail.entries() if entry.kind == KIND and entry.details.get("act") == ACT]
    return frozenset(str(entry.details.get("patient")) for entry in entries if period.has(_day(entry)))


def _day(entry: Entry) -> dt.date:
    through = entry.details.get("through")
    return dt.datetime.fromisoformat(entry.at).date() if not through else dt.date.fromisoformat(through) + ONE_DAY
