"""The replay of the nights over the copies: each copy is a store of its own, so several may run at a time.

Alerts are raised at the thresholds that the site's own nights had. A worker process gets no more than the events to
add, the dates to replay, and what an alert must name to be about an episode.
"""

from __future__ import annotations

import datetime as dt
import functools
import multiprocessing
import os
import signal
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from multiprocessing.queues import SimpleQueue
from pathlib import Path
from typing import Any, Final

import polars as pl

from detector.deployment.settings import Settings
from detector.drill.episode_reach import Reach, episode_reach
from detector.drill.scratch import scratch_store, write_events
from detector.night.job import judge_night
from detector.policies.catalogue import load_policies
from detector.policies.policy import Policy
from detector.store import Store

POLL_SECONDS: Final = 0.2

Limits = Mapping[dt.date, Mapping[str, float]]
"""Thresholds (nats by stream) of each date."""
Alert = tuple[dt.date, tuple[str, ...]]
"""The date of an alert, and its patterns."""


@dataclass(frozen=True, slots=True)
class Trial:
    """What became of an episode: the first alert about it, None where there was none, and what it reached by then."""

    alert: Alert | None
    reach: Reach


@dataclass(frozen=True, slots=True)
class ExpectedAlert:
    """What counts as caught: an alert about one of ``accounts`` or ``records`` from ``start`` up to ``until``."""

    label: str
    accounts: frozenset[str]
    records: frozenset[str]
    start: dt.date
    until: dt.date

    def is_named_by(self, finding: Mapping[str, Any]) -> bool:
        """Return whether a finding is about it."""
        return finding["user_id"] in self.accounts or finding["patient_id"] in self.records


@dataclass(frozen=True, slots=True)
class ReplayTask:
    """One copy to replay: it is rewound to before the first of its ``dates``, and gets the events.

    ``events`` have the ``label`` of their episode beside the columns of a canonical event.
    """

    number: int
    dates: tuple[dt.date, ...]
    events: pl.DataFrame
    expected: tuple[ExpectedAlert, ...]


class Watch:
    """Waits for expected alerts. ``decided``: label → the alert, None where the time is over without one."""

    def __init__(self, expected: Sequence[ExpectedAlert]) -> None:
        self._open = list(expected)
        self.decided: dict[str, Alert | None] = {}

    def observe(self, findings: Sequence[Mapping[str, Any]], date: dt.date) -> None:
        """Compare a night's new alerts with the expected ones.

        An episode with an alert before it began is no trial, and never decided: its account stood out without it.
        """
        for expected in list(self._open):
            hit = next((finding for finding in findings if expected.is_named_by(finding)), None)
            if hit is None and date < expected.until:
                continue
            self._open.remove(expected)
            if hit is None:
                self.decided[expected.label] = None
            elif date >= expected.start:
                self.decided[expected.label] = (date, tuple(hit["patterns"])) if date <= expected.until else None

    def is_over(self) -> bool:
        """Return whether every episode is decided."""
        return not self._open

    def result(self) -> dict[str, Alert | None]:
        """Return label → alert; an episode that is still undecided was not caught."""
        return self.decided | {expected.label: None for expected in self._open}


def replay_night(
    store: Store, settings: Settings, policies: Sequence[Policy], date: dt.date, limits: Mapping[str, float] | None
) -> list[dict[str, Any]]:
    """Run the nightly job for one date of a copy, and return the alerts that it raised, sampled findings aside."""
    asked_at = dt.datetime.combine(date, dt.time(), dt.UTC)
    judge_night(store, settings, policies, date, asked_at, limits=limits)
    alerts: pl.DataFrame = store.connection.sql(
        "select user_id, patient_id, patterns from findings where alert and not sampled and alerted_on = $date"
        " order by finding_id",
        params={"date": date},
    ).pl()
    return alerts.to_dicts()


def replay_copy(
    settings: Settings,
    base: Path,
    limits: Limits,
    task: ReplayTask,
    *,
    threads: int | None,
    done: Callable[[int], object],
) -> dict[str, Trial]:
    """Replay the nights of one copy until every episode is decided; return label → what became of it.

    ``done`` is called after each night: with 1 where it ran, with 0 where it was skipped.

    Raises StoreError where the copy cannot be made.
    """
    policies = load_policies(settings)
    folder = base.parent.parent / f"copy-{task.number}"
    watch = Watch(task.expected)
    with scratch_store(settings, base.parent, folder, task.dates[0], threads=threads) as store:
        planted = write_events(store, task.events, settings.site.timezone)
        for date in task.dates:
            if watch.is_over():
                done(0)
                continue
            watch.observe(replay_night(store, settings, policies, date, limits.get(date)), date)
            done(1)
        alerts = watch.result()
        reach = episode_reach(store, settings, planted, counted_events(task, alerts), task.dates[0], task.dates[-1])
    return {label: Trial(alert, reach[label]) for label, alert in alerts.items()}


def counted_events(task: ReplayTask, alerts: Mapping[str, Alert | None]) -> pl.DataFrame:
    """Return ``event_id``, ``label`` and ``counts_until`` (the date of the alert) of the events of decided episodes."""
    decided = pl.DataFrame(
        {"label": list(alerts), "counts_until": [None if alert is None else alert[0] for alert in alerts.values()]},
        schema={"label": pl.String, "counts_until": pl.Date},
    )
    return task.events.select("event_id", "label").join(decided, on="label")


def replay_copies(
    settings: Settings,
    base: Path,
    limits: Limits,
    tasks: Sequence[ReplayTask],
    jobs: int,
    done: Callable[[int], object],
) -> list[dict[str, Trial]]:
    """Replay the copies, ``jobs`` at a time; return label → what became of it of each, in their order."""
    replay = functools.partial(replay_copy, settings, base, limits)
    if jobs == 1 or len(tasks) == 1:
        return [replay(task, threads=None, done=done) for task in tasks]
    context = multiprocessing.get_context("spawn")  # a fork would share DuckDB's and polars' threads
    nights: SimpleQueue[int] = context.SimpleQueue()
    with context.Pool(min(jobs, len(tasks)), _start_worker, (os.getpid(), nights)) as pool:
        results = pool.map_async(functools.partial(_work, replay), tasks, chunksize=1)
        while not results.ready():
            results.wait(POLL_SECONDS)
            while not nights.empty():
                done(nights.get())
        while not nights.empty():
            done(nights.get())
        return results.get()


_worker: dict[str, Any] = {}
"""In a worker: its parent's process id, and the queue that carries the nights done to it."""


def _start_worker(parent: int, nights: SimpleQueue[int]) -> None:
    """Leave the keyboard's interrupt to the parent, which ends its workers."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _worker.update(parent=parent, nights=nights)


def _work(replay: Callable[..., dict[str, Trial]], task: ReplayTask) -> dict[str, Trial]:
    return replay(task, threads=1, done=_report)


def _report(night: int) -> None:
    """Report a night to the parent; without a parent there is nobody to work for."""
    if os.getppid() != _worker["parent"]:
        os._exit(1)
    _worker["nights"].put(night)
