"""What the nights of earlier versions did not note, and later ones look up: caught up with once, by the next run."""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Callable, Sequence

from detector.detection.source_days import note_source_days, unnoted_dates
from detector.detection.visibility import LOOKED_AT_DAYS
from detector.errors import StoreDamaged
from detector.night.dates import ONE_DAY
from detector.store import Store
from detector.store.digests import date_faults, note_dates
from detector.store.judged_dates import last_judged


def take_in_source_days(store: Store, sealing: Callable[[Sequence[dt.date], Sequence[str]], None]) -> None:
    """Note what logs showed on the newest dates that were judged; ``sealing`` notes the dates that changed.

    Dates that are not as their nights left them, and all of them where a part of the events is damaged, stay as they
    are: what they show is read from their events.
    """
    connection = store.connection
    last = last_judged(connection)
    dates = [] if last is None else unnoted_dates(connection, last - ONE_DAY * (LOOKED_AT_DAYS - 1), last)
    if not dates:
        return
    with contextlib.suppress(StoreDamaged), store.transaction(), store.views(dates[0], dates[-1]):
        note_dates(connection)
        dates = sorted(set(dates).difference(date_faults(connection, LOOKED_AT_DAYS)))
        note_source_days(connection, dates)
        if dates:
            sealing(dates, ())
