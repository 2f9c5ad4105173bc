"""Which business dates are over: the data decide, and one row, or one wrong clock, moves no date.

What counts is that several accounts have events on a date: three, or two per cent of the deployment's accounts of the
last 28 dates. A date is over once one source has events of so many accounts after it, or, of a source that exports
whole days, on it; and no date is judged beyond the newest on which the deployment has events of so many.
"""

from __future__ import annotations

import datetime as dt
import itertools
import math
from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Final

import duckdb
import polars as pl

from detector.database.queries import frame
from detector.deployment.settings import Settings
from detector.loading.waiting_rows import CLOCKS_NAMED, StrayClock, future_clocks
from detector.night.dates import ONE_DAY
from detector.store import Published, Store
from detector.store.judged_dates import last_judged

ACCOUNTS_DAYS: Final = 28
LEAST_ACCOUNTS: Final = 3
SHARE: Final = 0.02
FEW_ACCOUNTS: Final = 6
STEADY_DATES: Final = 14
"""Dates of work within four weeks, of three accounts at least, that are no mistake of clocks."""
CLOCK_DAYS: Final = 3
"""Events so many days after the newest date with enough accounts are work on a long weekend; later ones a clock's."""


@dataclass(frozen=True, slots=True)
class DueDates:
    """The unprocessed business ``dates``, in order, and why there are no more.

    ``begin`` is the first date of a history that begins now; ``newest`` the newest date with events of enough
    accounts, ``accounts`` how many those are; ``has_begun`` whether there is a first date to judge. ``held_back`` is
    the date that was asked for and lies beyond. ``thin`` are dates soon after the newest, with too few accounts.
    ``clocks`` are accounts whose events are dated far beyond the newest
    date, at most ``CLOCKS_NAMED``.
    """

    dates: tuple[dt.date, ...] = ()
    begin: dt.date | None = None
    newest: dt.date | None = None
    accounts: int = 0
    held_back: dt.date | None = None
    clocks: tuple[StrayClock, ...] = ()
    has_begun: bool = True
    thin: tuple[dt.date, ...] = ()


def daily_sources(settings: Settings) -> frozenset[str]:
    """Return the names of the sources whose files bring whole days."""
    return frozenset(source.name for source in settings.sources if source.daily)


def due_dates(store: Store, through: dt.date | None, daily: Collection[str] = ()) -> DueDates:
    """Return the unprocessed business dates up to ``through``, by default the newest that is over.

    ``daily`` names the sources that export whole days.
    """
    done = last_judged(store.connection)
    with store.views((done or dt.date.min) + ONE_DAY, dt.date.max):
        due = dates_of_events(store.connection, done, through, daily)
    return replace(due, clocks=stray_clocks(store, due.newest)) if due.newest is not None else due


def backlog(published: Published, daily: Collection[str] = ()) -> tuple[dt.date, ...]:
    """Return the dates that are over and not judged yet, of the events that a published copy holds."""
    done = last_judged(published.connection)
    published.refresh_views((done or dt.date.min) + ONE_DAY)
    try:
        return dates_of_events(published.connection, done, None, daily).dates
    finally:
        published.refresh_views()


def dates_of_events(
    connection: duckdb.DuckDBPyConnection, done: dt.date | None, through: dt.date | None, daily: Collection[str]
) -> DueDates:
    """Return the dates after ``done`` that are due by the events of the view ``events``, which must cover them."""
    seen = frame(connection, "dates", "unjudged_accounts.sql", done=done or dt.date.min)
    if seen.is_empty():
        return DueDates()
    history = WorkedDates(seen, _spans(connection, done), done)
    newest, needed = history.newest()
    begin = None if done is not None else _begin(history.busy_dates(needed), asked=through is not None)
    first = begin if done is None else done + ONE_DAY
    over = through or history.newest_over(needed, daily)
    dates: tuple[dt.date, ...] = ()
    if first is not None and over is not None and newest is not None:
        dates = tuple(first + ONE_DAY * number for number in range(max(0, (min(over, newest) - first).days + 1)))
    known = newest or done
    thin = history.dates_after(known) if known is not None else ()
    held_back = through if through is not None and known is not None and through > known else None
    return DueDates(dates, begin, known, needed, held_back, has_begun=first is not None, thin=thin)


class WorkedDates:
    """Which accounts have events on which dates: of unjudged dates each, of judged ones the last."""

    def __init__(self, seen: pl.DataFrame, spans: pl.DataFrame, done: dt.date | None) -> None:
        """Take ``seen`` (source, business_date, user_id) and ``spans`` (user_id, business_date: last one judged)."""
        self._seen = seen
        self._spans = spans
        self._done = done
        self._accounts = seen.group_by("business_date").agg(pl.col("user_id").n_unique().alias("accounts"))

    def accounts_until(self, date: dt.date) -> int:
        """Return how many accounts have events on the 28 dates that end with ``date``."""
        span = pl.col("business_date").is_between(date - ONE_DAY * (ACCOUNTS_DAYS - 1), date)
        users = pl.concat([self._seen.filter(span)["user_id"], self._spans.filter(span)["user_id"]])
        return int(users.n_unique())

    def newest(self) -> tuple[dt.date | None, int]:
        """Return the newest unjudged date with events of enough accounts, None without one; and how many are enough.

        The accounts are those of the 28 dates that end with it. The search begins where the history stands (the last
        date judged, on a first run the busiest date) and goes on while a later date has enough: a stray clock has
        dates of its own, with few accounts, from which enough would be one.
        """
        busiest = self._accounts.sort("accounts", "business_date", descending=[True, True])["business_date"][0]
        anchor = self._done if self._done is not None and self.accounts_until(self._done) else busiest
        newest: dt.date | None = None if anchor == self._done else anchor
        while True:
            needed = enough_accounts(self.accounts_until(anchor))
            later = [date for date in self.busy_dates(needed) if date > anchor] or self._sustained(anchor)
            if not later:
                return newest, needed
            anchor = newest = later[-1]

    def _sustained(self, anchor: dt.date) -> list[dt.date]:
        """Return the dates of steady work, by fewer accounts, beyond four weeks after ``anchor``: a site grew small."""
        busy = [date for date in self.busy_dates(LEAST_ACCOUNTS) if date > anchor]
        weeks = ONE_DAY * ACCOUNTS_DAYS
        return [
            date
            for date in busy
            if date - anchor > weeks and sum(date - weeks < other <= date for other in busy) >= STEADY_DATES
        ][-1:]

    def dates_after(self, date: dt.date) -> tuple[dt.date, ...]:
        """Return the unjudged dates with any event within ``CLOCK_DAYS`` after ``date``, in order."""
        soon = pl.col("business_date").is_between(date + ONE_DAY, date + ONE_DAY * CLOCK_DAYS)
        return tuple(self._accounts.filter(soon).sort("business_date")["business_date"].to_list())

    def busy_dates(self, needed: int) -> list[dt.date]:
        """Return the unjudged dates on which so many accounts have events, in order."""
        return self._accounts.filter(pl.col("accounts") >= needed).sort("business_date")["business_date"].to_list()

    def newest_over(self, needed: int, daily: Collection[str]) -> dt.date | None:
        """Return the newest date after which one source has events of so many accounts, a ``daily`` one on it."""
        over = []
        for (source,), rows in self._seen.group_by("source"):
            last_dates = rows.group_by("user_id").agg(pl.col("business_date").max())["business_date"]
            if len(last_dates) >= needed:
                over.append(last_dates.sort(descending=True)[needed - 1] - ONE_DAY)
            if source in daily:
                counted = rows.group_by("business_date").agg(pl.len().alias("accounts"))
                whole = counted.filter(pl.col("accounts") >= needed)["business_date"].max()
                over += [whole] if isinstance(whole, dt.date) else []
        return max(over, default=None)


def enough_accounts(active: int) -> int:
    """Return how many accounts a date needs, of so many ``active`` ones: 3, or 2 %; of fewer than six, half of them."""
    if active < FEW_ACCOUNTS:
        return max(1, math.ceil(active / 2))
    return max(LEAST_ACCOUNTS, math.ceil(SHARE * active))


def _begin(busy: list[dt.date], *, asked: bool) -> dt.date | None:
    """Return the first busy date that another follows within 28; the first at all where a date was asked for."""
    for date, following in itertools.pairwise(busy):
        if (following - date).days <= ACCOUNTS_DAYS:
            return date
    return busy[0] if asked and busy else None


def _spans(connection: duckdb.DuckDBPyConnection, done: dt.date | None) -> pl.DataFrame:
    since = (done or dt.date.max) - ONE_DAY * (2 * ACCOUNTS_DAYS)
    spans: pl.DataFrame = connection.sql(
        "select user_id, last_seen_on as business_date from account_spans where last_seen_on >= $since order by all",
        params={"since": since},
    ).pl()
    return spans


def stray_clocks(store: Store, newest: dt.date) -> tuple[StrayClock, ...]:
    """Return the accounts whose events are dated more than ``CLOCK_DAYS`` after the ``newest`` date, most first."""
    limit = newest + ONE_DAY * CLOCK_DAYS
    with store.views(limit + ONE_DAY, dt.date.max):
        rows = frame(store.connection, "dates", "stray_clocks.sql", until=limit)
    return tuple(StrayClock(**row) for row in rows.head(CLOCKS_NAMED).to_dicts())


def wrong_clocks(store: Store, daily: Collection[str] = ()) -> tuple[StrayClock, ...]:
    """Return the accounts whose rows are set aside as future, and those dated far beyond all others."""
    return (*future_clocks(store), *due_dates(store, None, daily).clocks)
