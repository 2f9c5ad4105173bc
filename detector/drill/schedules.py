"""At what times an episode happens: beside the account's own work, outside its hours, or by the clock."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Final

import polars as pl

from detector.drill.site_profile import SiteAccount
from detector.drill.stage import Stage

Schedule = Callable[[Stage, SiteAccount, Mapping[dt.date, int]], pl.Series]
"""Draws local times (column ``local_time``), as many per date as the mapping asks for."""

TOGETHER: Final = 0.6
"""Share of the accesses of a day that follow each other in one quiet spell."""
AWAY_HOURS: Final = 2
"""Hours around the account's own that still belong to its work."""
LATE_HOURS: Final = (18, 19, 20, 21, 22, 23, 0, 1, 2, 3, 4, 5)


def at_work(stage: Stage, account: SiteAccount, counts: Mapping[dt.date, int]) -> pl.Series:
    """Draw times a little after rows of the account's own, most of a day's in one spell."""
    rows = stage.site.rows_of(account.user_id).filter(pl.col("patient_id").is_not_null())
    worked = dict(rows.group_by("business_date").agg("local_time").iter_rows())
    drawn: list[dt.datetime] = []
    for date, count in counts.items():
        times = sorted(worked.get(date, []))
        if not times:
            continue
        spell = times[int(stage.rng.integers(len(times)))]
        gap = 0.0
        for _ in range(count):
            if stage.rng.random() < TOGETHER:
                gap += 20 + float(stage.rng.exponential(150))
                at = spell + dt.timedelta(seconds=int(gap))
            else:
                beside = times[int(stage.rng.integers(len(times)))]
                at = beside + dt.timedelta(seconds=int(stage.rng.integers(15, 240)))
            drawn.append(at if at.date() == date else dt.datetime.combine(date, dt.time(23, 59, 30)))
    return _local_times(sorted(drawn))


def after_hours(stage: Stage, account: SiteAccount, counts: Mapping[dt.date, int]) -> pl.Series:
    """Draw times of evening and night at which the account does not work on that date or around it."""
    rows = stage.site.rows_of(account.user_id)
    worked = dict(rows.group_by("business_date").agg(pl.col("local_time").dt.hour().unique().sort()).iter_rows())
    drawn: list[dt.datetime] = []
    for date, count in counts.items():
        free = free_hours(worked.get(date, []))
        if not free:
            continue
        start = dt.datetime.combine(date, dt.time(free[int(stage.rng.integers(len(free)))]))
        seconds = stage.rng.integers(60, 3500, count).tolist()
        drawn += [start + dt.timedelta(seconds=second) for second in seconds]
    return _local_times(sorted(drawn))


def free_hours(worked: list[int]) -> list[int]:
    """Return the late hours at least ``AWAY_HOURS`` from hours of work, else any such hour of the day."""
    busy = {(hour + step) % 24 for hour in worked for step in range(-AWAY_HOURS, AWAY_HOURS + 1)}
    return [hour for hour in LATE_HOURS if hour not in busy] or [hour for hour in range(24) if hour not in busy]


def between(first: int, last: int) -> Schedule:
    """Return a schedule that draws times between two hours of each date, from ``first`` up to ``last``."""

    def draw(stage: Stage, account: SiteAccount, counts: Mapping[dt.date, int]) -> pl.Series:  # noqa: ARG001 - by the clock
        return _local_times(
            sorted(
                dt.datetime.combine(date, dt.time()) + dt.timedelta(seconds=int(second))
                for date, count in counts.items()
                for second in stage.rng.integers(first * 3600, last * 3600 - 60, count)
            )
        )

    return draw


def in_one_go(stage: Stage, account: SiteAccount, counts: Mapping[dt.date, int]) -> pl.Series:
    """Draw times that follow each other within seconds, from a moment of the account's work on."""
    rows = stage.site.rows_of(account.user_id)
    drawn: list[dt.datetime] = []
    for date, count in counts.items():
        times = rows.filter(pl.col("business_date") == date)["local_time"].to_list()
        start = times[int(stage.rng.integers(len(times)))] if times else dt.datetime.combine(date, dt.time(20))
        end = dt.datetime.combine(date, dt.time(23, 59, 50))
        gaps = (stage.rng.gamma(3.0, 2.5, count) + 1).cumsum()
        start = min(start, max(end - dt.timedelta(seconds=float(gaps[-1])), dt.datetime.combine(date, dt.time())))
        drawn += [min(start + dt.timedelta(seconds=int(gap)), end) for gap in gaps]
    return _local_times(drawn)


def _local_times(times: list[dt.datetime]) -> pl.Series:
    return pl.Series("local_time", times, dtype=pl.Datetime("us"))
