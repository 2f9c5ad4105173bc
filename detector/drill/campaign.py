"""The campaign: which episodes go into which copy, and what became of each.

An episode counts as caught when one of its accounts gets an alert between its first event and ``GRACE_DAYS`` after
its last (for a record opened by many also an alert about that record). Its accounts had no alert in the site's own
history, so what alerts now is the episode. Alerts are raised at the thresholds that the site's own nights had.
"""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import duckdb
import numpy as np
import polars as pl

from detector.deployment.settings import Settings
from detector.drill.episode_reach import Reach
from detector.drill.order import Cast, Episode, EpisodeOrder
from detector.drill.planter import Planter
from detector.drill.planting import plant
from detector.drill.replay import ExpectedAlert, ReplayTask, Trial, replay_copies
from detector.drill.scratch import copy_published, private_folder, reading
from detector.drill.site_profile import SiteProfile
from detector.drill.stage import Stage
from detector.errors import UsageError
from detector.model.scenarios import INTENSITIES, Intensity
from detector.policies.catalogue import load_policies
from detector.progress import Progress

GRACE_DAYS: Final = 7
"""Days after an episode's last event within which an alert about it still counts."""
STARTS_WITHIN: Final = 3
"""Episodes begin on one of the first so many days of their copy."""
SHORTEST_DAYS: Final = 3
ACCOUNTS_SHARE: Final = 0.02
"""Share of the accounts that may play a part in one copy: more would change what peers usually do."""
QUICK_DAYS: Final = 14
REPEATS: Final = 5
COPIES_TRIED: Final = 4
"""Copies in which an episode is tried before it is left out: other episodes had taken the units that suit it."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What to drill: ``repeats`` episodes of each planter and intensity, none longer than ``longest_days``."""

    planters: Sequence[Planter]
    intensities: Sequence[Intensity] = INTENSITIES
    repeats: int = REPEATS
    longest_days: int | None = None
    seed: int = 1

    @classmethod
    def quick(cls, planters: Sequence[Planter], seed: int, repeats: int = 1) -> Plan:
        """Return a first look: episodes of medium intensity only, none longer than ``QUICK_DAYS``."""
        return cls(planters, ("medium",), repeats=repeats, longest_days=QUICK_DAYS, seed=seed)


@dataclass(frozen=True, slots=True)
class EpisodeOutcome:
    """What became of one episode: ``alerted_on`` is the date of the first alert about it, ``patterns`` its names.

    ``reach``: what it had reached by then, and what measures would have kept from it; None where nobody looked.
    """

    episode: Episode
    alerted_on: dt.date | None = None
    patterns: tuple[str, ...] = ()
    reach: Reach | None = None

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
        return not set(self.patterns[:2]).isdisjoint(self.episode.order.planter.scenario.patterns)


@dataclass(frozen=True, slots=True)
class History:
    """The scored history of a site: its dates, the thresholds (nats by stream) of each, and who has an alert."""

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
    """One copy of the history: the nights from ``first`` on are replayed, with these episodes in the logs."""

    first: dt.date
    episodes: tuple[Episode, ...]

    def task(self, number: int, last: dt.date) -> ReplayTask:
        """Return the replay of this copy: the dates until every episode's time for an alert is over, or to ``last``."""
        end = min(last, max(_until(one) for one in self.episodes))
        return ReplayTask(
            number=number,
            dates=tuple(self.first + dt.timedelta(days=day) for day in range((end - self.first).days + 1)),
            events=pl.concat([one.events.with_columns(label=pl.lit(one.order.label)) for one in self.episodes]),
            expected=tuple(_expected(one) for one in self.episodes),
        )


def _until(episode: Episode) -> dt.date:
    return episode.end + dt.timedelta(days=GRACE_DAYS)


def _expected(episode: Episode) -> ExpectedAlert:
    """Return what an alert about an episode names: its accounts, or the record that many opened."""
    crowd = not episode.order.planter.together
    return ExpectedAlert(
        label=episode.order.label,
        accounts=frozenset(episode.accounts),
        records=frozenset(episode.events["patient_id"].drop_nulls()) if crowd else frozenset(),
        start=episode.start,
        until=_until(episode),
    )


@dataclass(slots=True)
class Result:
    """What came of a drill. ``left_out`` counts the episodes that no account suited."""

    history: History
    accounts: int = 0
    copies: int = 0
    nights: int = 0
    outcomes: list[EpisodeOutcome] = field(default_factory=list)
    left_out: Counter[tuple[Planter, Intensity]] = field(default_factory=Counter)


def read_history(connection: duckdb.DuckDBPyConnection) -> History:
    """Read what the store has about dates and alerts. Raises UsageError where no date was scored."""
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


def drill(settings: Settings, plan: Plan, progress: Progress, jobs: int = 1) -> Result:
    """Plant, replay ``jobs`` copies at a time, and count what was caught; ``jobs`` changes nothing but the time.

    Raises UsageError where the history is too short, StoreError where there is none.
    """
    load_policies(settings)  # a mistake in a policy is reported before anything is copied
    with private_folder() as folder:
        base = copy_published(settings, folder / "base")
        with reading(base) as connection:
            history = read_history(connection)
            result = Result(history)
            copies = plan_copies(connection, settings, plan, history, result, progress)
        result.copies = len(copies)
        tasks = [copy.task(number, history.last) for number, copy in enumerate(copies, 1)]
        nights = Nights(progress, sum(len(task.dates) for task in tasks))
        replayed = replay_copies(settings, base, history.limits, tasks, jobs, nights.done)
        nights.end()
    result.nights = nights.judged
    for copy, trials in zip(copies, replayed, strict=True):
        result.outcomes += [
            _outcome(one, trials[one.order.label]) for one in copy.episodes if one.order.label in trials
        ]
    order = {planter.id: place for place, planter in enumerate(plan.planters)}
    result.outcomes.sort(key=lambda one: (order[one.episode.order.planter.id], one.episode.order.label))
    return result


def _outcome(episode: Episode, trial: Trial) -> EpisodeOutcome:
    alerted_on, patterns = trial.alert or (None, ())
    return EpisodeOutcome(episode, alerted_on, patterns, trial.reach)


class Nights:
    """Progress over all copies. A copy whose episodes are all decided skips its remaining nights, so the total shrinks.

    ``judged`` counts the nights that ran.
    """

    def __init__(self, progress: Progress, total: int) -> None:
        self._progress, self._total = progress, total
        self.judged = 0
        self._progress.step("night", 0, total)

    def done(self, judged: int) -> None:
        """Count one night that ran (1) or was skipped (0)."""
        self.judged += judged
        self._total -= 1 - judged
        self._progress.step("night", self.judged, self._total)

    def end(self) -> None:
        """Report that all nights are done."""
        self._progress.step("night", self.judged, self.judged)


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
    sites: dict[dt.date, SiteProfile] = {}
    copies: list[Copy] = []
    while pending:
        span = pending[0].level.days + STARTS_WITHIN - 1 + GRACE_DAYS
        first = history.last - dt.timedelta(days=span - 1)
        if first not in sites:
            sites[first] = SiteProfile(connection, first, history.last, history.alerted)
        site = sites[first]
        result.accounts = max(result.accounts, site.size())
        room = max(1, int(ACCOUNTS_SHARE * site.size()))
        cast = Cast()
        episodes: list[Episode] = []
        waiting: list[EpisodeOrder] = []
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
            stage = Stage(site, rng, settings.site.internal_networks)
            episode = plant(stage, replace(order, first=start), cast)
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


def orders(plan: Plan, history: History, learning_days: int) -> list[EpisodeOrder]:
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
    kinds = [
        (planter, intensity, replace(planter.levels[intensity], days=min(longest, planter.levels[intensity].days)))
        for _ in range(plan.repeats)
        for planter in plan.planters
        for intensity in plan.intensities
    ]
    numbered = [
        EpisodeOrder(planter, intensity, level, history.first, f"{number:05d}")
        for number, (planter, intensity, level) in enumerate(kinds)
    ]
    return sorted(numbered, key=lambda order: -order.level.days)
