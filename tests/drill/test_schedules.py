"""Times of an episode: as many as asked for, on their dates, where the schedule says."""

from __future__ import annotations

import datetime as dt

import numpy as np
import polars as pl
import pytest

from detector.drill import schedules
from detector.drill.schedules import AWAY_HOURS, LATE_HOURS, Schedule, free_hours
from detector.drill.site_profile import SiteProfile
from detector.drill.stage import Stage

DATE = dt.date(2026, 3, 20)


def drawn(schedule: Schedule, site: SiteProfile, count: int = 40, user: str = "u00", date: dt.date = DATE) -> pl.Series:
    return schedule(Stage(site, np.random.default_rng(5)), site.account(user), {date: count})


@pytest.mark.parametrize(
    "schedule", [schedules.at_work, schedules.after_hours, schedules.between(3, 5), schedules.in_one_go]
)
def test_times_are_as_many_as_asked_for_on_their_date(two_units: SiteProfile, schedule: Schedule) -> None:
    times = drawn(schedule, two_units)
    assert len(times) == 40
    assert set(times.dt.date()) == {DATE}
    assert times.is_sorted()


def test_without_work_on_a_date_there_is_none_beside_it(two_units: SiteProfile) -> None:
    assert drawn(schedules.at_work, two_units, user="idle").is_empty()


def test_by_the_clock(two_units: SiteProfile) -> None:
    assert set(drawn(schedules.between(3, 5), two_units).dt.hour()) == {3, 4}


def test_in_one_go_is_within_minutes(two_units: SiteProfile) -> None:
    times = drawn(schedules.in_one_go, two_units)
    assert times[-1] - times[0] < dt.timedelta(minutes=10)


def test_off_duty_is_away_from_the_hours_of_work(two_units: SiteProfile) -> None:
    worked = set(two_units.rows_of("u00")["local_time"].dt.hour())
    hours = set(drawn(schedules.after_hours, two_units).dt.hour())
    assert hours <= set(LATE_HOURS)
    assert all(abs(hour - own) > AWAY_HOURS for hour in hours for own in worked)


def test_free_hours_are_late_ones_if_any_else_of_the_day() -> None:
    assert free_hours([9, 10]) == list(LATE_HOURS)
    assert free_hours([20]) == [23, 0, 1, 2, 3, 4, 5]
    assert free_hours([20, 0, 4]) == list(range(7, 18)), "no late hour is far enough from work"
    assert free_hours(list(range(24))) == []
