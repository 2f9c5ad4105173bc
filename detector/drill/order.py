"""Orders and what comes of them: the episode to plant, the planted episode, and who already plays a part."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass, field
from typing import Final

import polars as pl

from detector.drill.planter import IntensityLevel, Planter
from detector.drill.site_profile import SiteProfile
from detector.model.scenarios import Intensity

UNIT_ACCOUNTS: Final = 10
"""A unit holds one episode for every so many accounts, and at least one."""


@dataclass(slots=True)
class Cast:
    """Which accounts already play a part in this copy, and how many episodes each unit holds.

    No account plays two parts; a unit holds one episode, a large one another for every ``UNIT_ACCOUNTS`` accounts.
    """

    accounts: set[str] = field(default_factory=set)
    episodes: Counter[str] = field(default_factory=Counter)

    def available(self, suitable: pl.DataFrame, site: SiteProfile) -> pl.DataFrame:
        """Return those of the suitable accounts that may still play a part."""
        sizes = dict(site.accounts.group_by("department").len().iter_rows())
        full = [unit for unit, count in self.episodes.items() if count >= max(1, sizes.get(unit, 0) // UNIT_ACCOUNTS)]
        return suitable.filter(
            ~pl.col("user_id").is_in(sorted(self.accounts)) & ~pl.col("department").is_in(sorted(full))
        )

    def assign(self, users: set[str], units: set[str]) -> None:
        """Record the accounts and units of one more episode."""
        self.accounts.update(users)
        self.episodes.update(units)


@dataclass(frozen=True, slots=True)
class EpisodeOrder:
    """An episode to plant: ``first`` is its first date, ``label`` makes its event ids unique."""

    planter: Planter
    intensity: Intensity
    level: IntensityLevel
    first: dt.date
    label: str

    @property
    def dates(self) -> list[dt.date]:
        """The dates that the episode may fill."""
        return [self.first + dt.timedelta(days=number) for number in range(self.level.days)]


@dataclass(frozen=True, slots=True)
class Episode:
    """A planted episode. ``events`` are canonical events without file and position, in the order of time."""

    order: EpisodeOrder
    accounts: tuple[str, ...]
    events: pl.DataFrame

    @property
    def start(self) -> dt.date:
        """The date of its first event."""
        return self.events["business_date"].min()  # type: ignore[return-value]

    @property
    def end(self) -> dt.date:
        """The date of its last event."""
        return self.events["business_date"].max()  # type: ignore[return-value]

    def exposed(self, until: dt.date | None = None) -> int:
        """Count the patients exposed up to a date: those opened, and as many as lists exported."""
        rows = self.events if until is None else self.events.filter(pl.col("business_date") <= until)
        exported = rows.filter(pl.col("patient_id").is_null() & (pl.col("action") == "export"))["record_count"].sum()
        return rows["patient_id"].drop_nulls().n_unique() + int(exported or 0)
