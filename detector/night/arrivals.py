"""Whether deliveries stopped altogether: no log brings a new row, beyond what the site is used to.

A silent source is found beside one that goes on, by the dates of the logs. Where all stop no date follows that could
be judged, so here the moment counts: that of the run, ``--now`` or ``--through`` in its place, or that of ``status``.
"""

from __future__ import annotations

import datetime as dt
import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

import duckdb

from detector.findings.source_state import late_sources

if TYPE_CHECKING:
    from detector.deployment.settings import Settings
    from detector.texts import Texts

ONE_DAY: Final = dt.timedelta(days=1)
HABIT: Final = ONE_DAY * 56
"""So far back it counts how many dates in succession the site is used to have no rows of."""


@dataclass(frozen=True, slots=True)
class StoppedDeliveries:
    """No new row came ``since`` (wall clock of the site, to the minute); ``newest`` is the last date with rows."""

    since: str
    newest: dt.date

    def sentence(self, texts: Texts) -> str:
        """Return the sentence that says so."""
        return texts("attention.stopped", since=self.since, newest=self.newest)


def stopped_deliveries(
    connection: duckdb.DuckDBPyConnection,
    settings: Settings,
    arrived_at: dt.datetime | None,
    moment: dt.datetime,
    *,
    is_given: bool,
) -> StoppedDeliveries | None:
    """Return since when no new row came, at a ``moment``; None where that is not longer than usual, or planned.

    ``arrived_at`` is when a run last brought new rows. Where it is not known, or later than a moment that ``is_given``
    in the clock's place, the end of the newest date with rows counts instead, and a further day of patience: that of
    continuous logs is over only with the rows of the next.
    """
    dates = worked_dates(connection)
    zone = ZoneInfo(settings.site.timezone)
    if not dates or _all_planned(settings, moment.astimezone(zone).replace(tzinfo=None)):
        return None
    patience = dt.timedelta(hours=settings.alerting.stale_hours) + ONE_DAY * (usual_distance(dates) - 1)
    patience += ONE_DAY * _usual_delay(connection, settings)
    since = arrived_at if arrived_at is not None and arrived_at <= moment else None
    if since is None and is_given:
        since = dt.datetime.combine(dates[-1] + ONE_DAY, dt.time(), zone)
        patience += ONE_DAY
    if since is None or moment - since <= patience:
        return None
    return StoppedDeliveries(f"{since.astimezone(zone):%Y-%m-%d %H:%M}", dates[-1])


def worked_dates(connection: duckdb.DuckDBPyConnection) -> list[dt.date]:
    """Return the judged dates of the last eight weeks with rows of any source, in order."""
    found = connection.execute("select distinct business_date from source_hours order by business_date").fetchall()
    dates = [date for (date,) in found]
    return [date for date in dates if date > dates[-1] - HABIT]


def usual_distance(dates: list[dt.date]) -> int:
    """Return by how many days successive dates use to lie apart: the longest distance that came twice, or 1."""
    distances = sorted(((later - date).days for date, later in itertools.pairwise(dates)), reverse=True)
    return distances[1] if len(distances) > 1 else 1


def _usual_delay(connection: duckdb.DuckDBPyConnection, settings: Settings) -> int:
    """Return by how many days even the quickest source uses to be late."""
    days = {one.source: one.days for one in late_sources(connection, settings)}
    return min(days.get(source.name, 0) for source in settings.sources)


def _all_planned(settings: Settings, moment: dt.datetime) -> bool:
    quiet = {one.source for one in settings.planned_silences if one.covers(moment)}
    return all(source.name in quiet for source in settings.sources)
