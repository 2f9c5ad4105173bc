"""What all steps of a night that raise or rate findings have in common."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from detector.deployment.settings import Settings
from detector.detection.night_tables import REJUDGE_AFTER_DAYS


@dataclass(frozen=True, slots=True)
class ScoringContext:
    """The night and its history.

    ``date`` is the business date of the night, ``judged`` all dates that it judges, ``first_date`` the first of the
    history. ``limits`` are evidence (nats) by stream at which to alert, in place of what this history calibrates.
    """

    date: dt.date
    judged: tuple[dt.date, ...]
    first_date: dt.date
    settings: Settings
    limits: Mapping[str, float] | None = None

    @property
    def is_learning(self) -> bool:
        """Whether there is too little history for alerts that rest on a model."""
        return (self.date - self.first_date).days < self.settings.alerting.learning_days

    @property
    def new_dates(self) -> tuple[dt.date, ...]:
        """Dates whose evidence is new: the night's own, and judged ones that are not due, since late rows came."""
        due = {self.date - dt.timedelta(days=days) for days in (0, *REJUDGE_AFTER_DAYS)}
        return (self.date, *(date for date in self.judged if date not in due))

    @property
    def history(self) -> tuple[str, str]:
        """First date of the history and date of the night, as a finding's method names them."""
        return str(self.first_date), str(self.date)
