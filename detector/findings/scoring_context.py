"""What all steps of a night that raise or rate findings have in common."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

from detector.deployment.settings import Settings
from detector.model.methods import ContextUsed


@dataclass(frozen=True, slots=True)
class ScoringContext:
    """The night and its history.

    ``date`` is the business date of the night, ``judged`` all dates that it judges, ``first_date`` the first of the
    history. ``limits`` are evidence (nats) by stream at which to alert, in place of what this history calibrates.
    ``late`` are the dates for which rows came after they had been judged; where ``is_new`` is false, the night judges
    nothing else. ``tables`` are the context tables that it knows. ``sentences``: policy → its
    words, as ``policy_days`` keeps them.
    """

    date: dt.date
    judged: tuple[dt.date, ...]
    first_date: dt.date
    settings: Settings
    limits: Mapping[str, float] | None = None
    late: tuple[dt.date, ...] = ()
    is_new: bool = True
    tables: tuple[ContextUsed, ...] = ()
    sentences: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_learning(self) -> bool:
        """Whether there is too little history for alerts that rest on a model."""
        return (self.date - self.first_date).days < self.settings.alerting.learning_days

    @property
    def new_dates(self) -> tuple[dt.date, ...]:
        """Dates that have rows no night has seen: the night's own if it is new, and the late ones."""
        return tuple(sorted({self.date, *self.late} if self.is_new else set(self.late)))

    @property
    def history(self) -> tuple[str, str]:
        """First date of the history and date of the night, as a finding's method names them."""
        return str(self.first_date), str(self.date)
