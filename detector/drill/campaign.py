"""The campaign: which episodes go into which copy, the real nights over each copy, and what became of each episode.

An episode counts as caught when one of its accounts gets an alert between its first event and ``GRACE_DAYS`` after
its last (for a record opened by many also an alert about that record). Its accounts had no alert in the site's own
history, so what alerts now is the episode. Alerts are judged against the thresholds that the site's own nights had.
"""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

import duckdb
import numpy as np
import polars as pl

from detector.drill.declaration import INTENSITIES, Intensity, Planter
from detector.drill.ground import Ground
from detector.drill.planting import Cast, Episode, Order, Stage, plant
from detector.drill.scratch import copy_published, private_folder, reading, scratch_store, write_events
from detector.errors import UsageError
from detector.night import judge_night
from detector.policies.catalogue import load_policies
from detector.policies.declaration import Policy
from detector.progress import Progress
from detector.settings import Settings
from detector.store import Store

GRACE_DAYS: Final = 7
"""Days after an episode's last event within which an alert about it still counts."""
STARTS_WITHIN: Final = 3
"""Episodes begin on one of the first so many days of their copy."""
SHORTEST_DAYS: Final = 3
ACCOUNTS_SHARE: Final = 0.02
"""Share of the accounts that may play a part in one copy: more would change what is usual."""
QUICK_DAYS: Final = 14
COPIES_TRIED: Final = 4
"""Copies in which an episode is tried before it is left out: the units that suit it were taken by others."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What to drill. ``repeats`` is the number of episodes of each planter and intensity."""

    planters: Sequence[Planter]
    intensities: Sequence[Intensity] = INTENSITIES
    repeats: int = 5
    longest_days: int | None = None
    seed: int = 1

    @classmethod
    def quick(cls, planters: Sequence[Planter], seed: int) -> Plan:
        """Return a first look: one episode of each planter, of medium intensity, none longer than ``QUICK_DAYS``."""
        return cls(planters, ("medium",), repeats=1, longest_days=QUICK_DAYS, seed=seed)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one episode: ``alerted_on`` is the date of the first alert about it, ``patterns`` its names."""

    episode: Episode
    alerted_on: dt.date | None = None
    patterns: tuple[str, ...] = ()

    @property
    def caught(self) -> bool:
        """Whether there was an alert."""
        return self.alerted_on is not None

    @property
    def delay_days(self) -> int | None:
        """Days from the first event to the alert."""
        return None if self.alerted_on is None else (self.alerted_on - self.episode.start).days

    @property
    def exposed(self) -> int:
        """Patients touched before the alert, all of them where there was none."""
        return self.episode.exposed(self.alerted_on)

    @property
    def named_right(self) -> bool:
        """Whether one of the alert's first two patterns is one that was planted."""
        return not set(self.patterns[:2]).isdisjoint(self.episode.order.planter.patterns)


@dataclass(frozen=True, slots=True)
class History:
    """The judged history of a site: its dates, the thresholds (nats by channel) of each, and who has an alert."""

    first: dt.date
    last: dt.date
    limits: dict[dt.date, dict[str, float]]
    alerted: frozenset[str]

    @property
    def days(self) -> int:
        """How many dates."""
        return (self.last - self.first).days + 1


@dataclass(frozen=True, slots=True)
class Copy:
    """One copy of the history: the nights from ``first`` on are done again, with these episodes in the logs."""

    first: dt.date
    episodes: tuple[Episode, ...]

    def dates(self, last: dt.date) -> list[dt.date]:
        """Return the dates to judge: until the last episode's time is over, at most up to the history's ``last``."""
        end = min(last, max(episode.end for episode in self.episodes) + dt.timedelta(days=GRACE_DAYS))
        return [self.first + dt.timedelta(days=number) for number in range((end - self.first).days + 1)]


@dataclass(slots=True)
class Result:
    """What a drill found. ``left_out`` counts the episodes that nobody suited."""

    history: History
    accounts: int = 0
    copies: int = 0
    nights: int = 0
    outcomes: list[Outcome] = field(default_factory=list)
    left_out: Counter[tuple[Planter, Intensity]] = field(default_factory=Counter)


def read_history(connection: duckdb.DuckDBPyConnection) -> History:
    """Read what the nights have kept about dates and alerts. Raises UsageError where no date was judged."""
    rows = connection.execute("select business_date, thresholds from dates order by business_date").fetchall()
    if not rows:
        raise UsageError("no date has been judged yet; `detector run` first")
    alerted = connection.execute("select distinct user_id from findings where alert and user_id is not null").fetchall()
    return History(
        first=rows[0][0],
        last=rows[-1][0],
        limits={date: json.loads(text) for date, text in rows if text},
        alerted=frozenset(str(row[0]) for row in alerted),
    )


def drill(settings: Settings, plan: Plan, progress: Progress) -> Result:
    """Plant, judge and tell. Raises UsageError where the history is too short, StoreError where there is none."""
    policies = load_policies(settings)
    with private_folder() as folder:
        base = copy_published(settings, folder / "base")
        with reading(base) as connection:
            history = read_history(connection)
            result = Result(history)
            copies = plan_copies(connection, settings, plan, history, result, progress)
        result.copies = len(copies)
        left = sum(len(copy.dates(history.last)) for copy in copies)
        for number, copy in enumerate(copies, 1):
            with scratch_store(settings, base.parent, folder / f"copy-{number}", copy.first) as store:
                write_events(store, pl.concat([one.events for one in copy.episodes]), settings.site.timezone)
                watch = Watch(copy)
                for date in copy.dates(history.last):
                    progress.step("night", result.nights, left, f"{number}/{len(copies)} {date}")
                    if watch.is_over():
                        left -= 1
                        continue
                    watch.look(judged_night(store, settings, policies, date, history.limits.get(date)), date)
                    result.nights += 1
                result.outcomes += watch.outcomes()
        progress.step("night", left, left)
    order = {planter.id: place for place, planter in enumerate(plan.planters)}
    result.outcomes.sort(key=lambda one: (order[one.episode.order.planter.id], one.episode.order.label))
    return result


def plan_copies(
    connection: duckdb.DuckDBPyConnection,
    settings: Settings,
    plan: Plan,
    history: History,
    result: Result,
    progress: Progress,
) -> list[Copy]:
    """Plant every episode into as few copies as the rules allow: few accounts each, all of different units.

    Notes accounts and left-out episodes in ``result``. Raises UsageError where the history is too short.
    """
    pending = orders(plan, history, settings.alerting.learning_days)
    total = len(pending)
    tried: Counter[str] = Counter()
    grounds: dict[dt.date, Ground] = {}
    copies: list[Copy] = []
    while pending:
        span = pending[0].level.days + STARTS_WITHIN - 1 + GRACE_DAYS
        first = history.last - dt.timedelta(days=span - 1)
        if first not in grounds:
            grounds[first] = Ground(connection, first, history.last, history.alerted)
        ground = grounds[first]
        result.accounts = max(result.accounts, ground.size())
        room = max(1, int(ACCOUNTS_SHARE * ground.size()))
        cast = Cast()
        episodes: list[Episode] = []
        waiting: list[Order] = []
        for order in pending:
            progress.step("plant", total - len(pending) + len(episodes), total, order.planter.id)
            if order.level.accounts > room - len(cast.accounts):
                if order.level.accounts > room:
                    result.left_out[order.planter, order.intensity] += 1
                else:
                    waiting.append(order)
                continue
            rng = np.random.default_rng([plan.seed, int(order.label), tried[order.label]])
            start = first + dt.timedelta(days=int(rng.integers(STARTS_WITHIN)))
            episode = plant(Stage(ground, replace(order, first=start), rng, settings.site.internal_networks), cast)
            if episode is not None:
                episodes.append(episode)
                continue
            tried[order.label] += 1
            if not cast.accounts or tried[order.label] >= COPIES_TRIED:
                result.left_out[order.planter, order.intensity] += 1
            else:
                waiting.append(order)
        if episodes:
            copies.append(Copy(first, tuple(episodes)))
        pending = waiting
    progress.step("plant", total, total)
    return copies


def orders(plan: Plan, history: History, learning_days: int) -> list[Order]:
    """Return what to plant, longest first, each no longer than the history leaves room for.

    Raises UsageError where there is too little history after the learning days.
    """
    around = STARTS_WITHIN - 1 + GRACE_DAYS
    room = history.days - learning_days - around
    if room < SHORTEST_DAYS:
        raise UsageError(
            f"{history.days} judged days are too few for a drill: it needs {learning_days + around + SHORTEST_DAYS},"
            f" {learning_days} of them to learn from"
        )
    longest = min(room, plan.longest_days or room)
    found = [
        (planter, intensity, replace(planter.levels[intensity], days=min(longest, planter.levels[intensity].days)))
        for _ in range(plan.repeats)
        for planter in plan.planters
        for intensity in plan.intensities
    ]
    numbered = [
        Order(planter, intensity, level, history.first, f"{number:05d}")
        for number, (planter, intensity, level) in enumerate(found)
    ]
    return sorted(numbered, key=lambda order: -order.level.days)


def judged_night(
    store: Store, settings: Settings, policies: Sequence[Policy], date: dt.date, limits: dict[str, float] | None
) -> list[dict[str, Any]]:
    """Judge one date of a copy as the nightly job does, and return the alerts that it brought."""
    asked_at = dt.datetime.combine(date, dt.time(), dt.UTC)
    judge_night(store, settings, policies, date, [], [], asked_at, limits)
    found: pl.DataFrame = store.connection.sql(
        "select subject, user_id, patient_id, patterns from findings where alert and alerted_on = $date"
        " order by finding_id",
        params={"date": date},
    ).pl()
    return found.to_dicts()


class Watch:
    """Waits for alerts about the episodes of one copy."""

    def __init__(self, copy: Copy) -> None:
        self._open = {episode.order.label: episode for episode in copy.episodes}
        self._outcomes: dict[str, Outcome] = {}

    def look(self, alerts: Sequence[dict[str, Any]], date: dt.date) -> None:
        """Take note of what a night brought; an alert before the episode began says nothing about it."""
        for label, episode in list(self._open.items()):
            hit = next((alert for alert in alerts if is_about(alert, episode)), None)
            if hit is not None and date >= episode.start:
                self._outcomes[label] = Outcome(episode, date, tuple(hit["patterns"]))
            elif hit is not None or date >= episode.end + dt.timedelta(days=GRACE_DAYS):
                self._outcomes[label] = Outcome(episode)
            else:
                continue
            del self._open[label]

    def is_over(self) -> bool:
        """Tell whether there is nothing left to wait for."""
        return not self._open

    def outcomes(self) -> list[Outcome]:
        """Return what became of each episode."""
        return [*self._outcomes.values(), *(Outcome(episode) for episode in self._open.values())]


def is_about(alert: dict[str, Any], episode: Episode) -> bool:
    """Tell whether an alert names what an episode is about."""
    if alert["subject"] == "record":
        shared = not episode.order.planter.together
        return shared and alert["patient_id"] in episode.events["patient_id"].unique().to_list()
    return alert["user_id"] in episode.accounts
