"""The nights over the copies: each copy is a store of its own, so several may be judged at a time, a process each.

Alerts are judged against the thresholds that the site's own nights had. Workers are told little: which events to add,
which dates to judge, and what an alert must name to be about an episode.
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
class Target:
    """What to wait for: an alert about one of the ``accounts`` (or ``records``) from ``start`` up to ``until``."""

    label: str
    accounts: frozenset[str]
    records: frozenset[str]
    start: dt.date
    until: dt.date

    def is_named_by(self, finding: Mapping[str, Any]) -> bool:
        """Tell whether a finding is about it."""
        return finding["user_id"] in self.accounts or finding["patient_id"] in self.records


@dataclass(frozen=True, slots=True)
class Task:
    """One copy to judge: it is rewound to before the first of its ``dates``, and gets the events."""

    number: int
    dates: tuple[dt.date, ...]
    events: pl.DataFrame
    targets: tuple[Target, ...]


class Watch:
    """Waits for alerts about targets. ``found``: label → the alert, None where the time is over without one."""

    def __init__(self, targets: Sequence[Target]) -> None:
        self._open = list(targets)
        self.found: dict[str, Alert | None] = {}

    def look(self, findings: Sequence[Mapping[str, Any]], date: dt.date) -> None:
        """Take note of a night's new alerts.

        A target with an alert before it began is given up and not in ``found``: its account stood out without it.
        """
        for target in list(self._open):
            hit = next((one for one in findings if target.is_named_by(one)), None)
            if hit is None and date < target.until:
                continue
            self._open.remove(target)
            if hit is None:
                self.found[target.label] = None
            elif date >= target.start:
                self.found[target.label] = (date, tuple(hit["patterns"])) if date <= target.until else None

    def is_over(self) -> bool:
        """Tell whether there is nothing left to wait for."""
        return not self._open

    def give_up(self) -> dict[str, Alert | None]:
        """Return what was found; what is still waited for was not caught."""
        return self.found | {target.label: None for target in self._open}


def judged_night(
    store: Store, settings: Settings, policies: Sequence[Policy], date: dt.date, limits: Mapping[str, float] | None
) -> list[dict[str, Any]]:
    """Judge one date of a copy as the nightly job does, and return the alerts that it brought, drawn ones aside."""
    asked_at = dt.datetime.combine(date, dt.time(), dt.UTC)
    judge_night(store, settings, policies, date, [], [], asked_at, limits)
    found: pl.DataFrame = store.connection.sql(
        "select user_id, patient_id, patterns from findings where alert and not sampled and alerted_on = $date"
        " order by finding_id",
        params={"date": date},
    ).pl()
    return found.to_dicts()


def judge_copy(
    settings: Settings, base: Path, limits: Limits, task: Task, *, threads: int | None, done: Callable[[int], object]
) -> dict[str, Alert | None]:
    """Judge one copy until every target is settled; ``done`` is told of each night judged (1) or spared (0).

    Raises StoreError where the copy cannot be made.
    """
    policies = load_policies(settings)
    folder = base.parent.parent / f"copy-{task.number}"
    watch = Watch(task.targets)
    with scratch_store(settings, base.parent, folder, task.dates[0], threads=threads) as store:
        write_events(store, task.events, settings.site.timezone)
        for date in task.dates:
            if watch.is_over():
                done(0)
                continue
            watch.look(judged_night(store, settings, policies, date, limits.get(date)), date)
            done(1)
    return watch.give_up()


def judge_copies(
    settings: Settings, base: Path, limits: Limits, tasks: Sequence[Task], jobs: int, done: Callable[[int], object]
) -> list[dict[str, Alert | None]]:
    """Judge the copies, ``jobs`` at a time; return what was found in each, in their order."""
    judge = functools.partial(judge_copy, settings, base, limits)
    if jobs == 1 or len(tasks) == 1:
        return [judge(task, threads=None, done=done) for task in tasks]
    context = multiprocessing.get_context("spawn")  # a fork would share DuckDB's and polars' threads
    told: SimpleQueue[int] = context.SimpleQueue()
    with context.Pool(min(jobs, len(tasks)), _start_worker, (os.getpid(), told)) as pool:
        results = pool.map_async(functools.partial(_work, judge), tasks, chunksize=1)
        while not results.ready():
            results.wait(POLL_SECONDS)
            while not told.empty():
                done(told.get())
        while not told.empty():
            done(told.get())
        return results.get()


_worker: dict[str, Any] = {}
"""In a worker: its parent's process id and the queue to tell it of nights."""


def _start_worker(parent: int, told: SimpleQueue[int]) -> None:
    """Leave the keyboard's interrupt to the parent, which ends its workers."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _worker.update(parent=parent, told=told)


def _work(judge: Callable[..., dict[str, Alert | None]], task: Task) -> dict[str, Alert | None]:
    return judge(task, threads=1, done=_tell)


def _tell(judged: int) -> None:
    """Tell the parent of a night; without a parent there is nobody to work for."""
    if os.getppid() != _worker["parent"]:
        os._exit(1)
    _worker["told"].put(judged)
