"""What the owner of the night must know of the logs: which are silent, and which use to be late."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import duckdb

from detector.database.queries import rows
from detector.store.judged_dates import last_judged

if TYPE_CHECKING:
    from detector.deployment.settings import Settings
    from detector.texts import Texts

LEAST_DATES: Final = 3
"""Dates judged before a source that never sent a row is called silent."""


@dataclass(frozen=True, slots=True)
class SilentSource:
    """A source that was silent beyond its habit when the last date judged ended.

    ``since`` is the end of the last clock hour with rows, None where there never were any; ``through`` is that date.
    """

    source: str
    since: dt.datetime | None
    through: dt.date

    @property
    def since_text(self) -> str | None:
        """Since when, to the minute."""
        return None if self.since is None else f"{self.since:%Y-%m-%d %H:%M}"

    def sentence(self, texts: Texts) -> str:
        """Return the sentence that names it."""
        if self.since is None:
            return texts("attention.never_sent", source=self.source, through=self.through)
        return texts("attention.silent", source=self.source, since=self.since_text, through=self.through)


@dataclass(frozen=True, slots=True)
class LateSource:
    """A source whose rows use to come ``days`` dates late."""

    source: str
    days: int

    def sentence(self, texts: Texts) -> str:
        """Return the sentence that names it."""
        return texts("attention.delay", source=self.source, days=self.days)


def silent_sources(connection: duckdb.DuckDBPyConnection, settings: Settings) -> list[SilentSource]:
    """Return the sources that are silent without a plan, those that never sent a row last."""
    found = connection.execute("select max(business_date), count(*) from dates").fetchall()[0]
    through, judged = found
    if through is None:
        return []
    moment = dt.datetime.combine(through, dt.time(23, 59))
    quiet = {one.source for one in settings.planned_silences if one.covers(moment)}
    expected = {source.name for source in settings.sources} - quiet
    silent = [
        SilentSource(row["source"], row["since"], through)
        for row in rows(connection, "findings", "silent_sources.sql")
        if row["source"] in expected
    ]
    if judged < LEAST_DATES:
        return silent
    sent = {
        row[0]
        for row in connection.execute("select source from source_hours union select source from event_parts").fetchall()
    }
    return silent + [
        SilentSource(source.name, None, through)
        for source in settings.sources
        if source.name in expected and source.name not in sent
    ]


def late_sources(connection: duckdb.DuckDBPyConnection, settings: Settings) -> list[LateSource]:
    """Return the sources whose rows use to come late."""
    through = last_judged(connection)
    if through is None:
        return []
    names = {source.name for source in settings.sources}
    return [
        LateSource(row["source"], row["delay_days"])
        for row in rows(connection, "policy_tables", "source_habits.sql", night=through)
        if row["settled"] and row["source"] in names
    ]
