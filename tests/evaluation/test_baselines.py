"""The baselines keep to the budget and never look ahead."""

from __future__ import annotations

import datetime as dt

import pytest

from tests.evaluation.baselines import (
    Behaviour,
    DayCounts,
    WeekScore,
    raise_findings,
    volume_z_score,
    weeks_of_days,
    weeks_of_unexplained,
)

FIRST = dt.date(2026, 6, 1)  # a Monday


def on(day: int) -> dt.date:
    return FIRST + dt.timedelta(days=day)


def days(user: str, *patients: int) -> list[DayCounts]:
    return [DayCounts(user, on(number), (0.0, float(count))) for number, count in enumerate(patients)]


def test_a_day_is_scored_against_earlier_days_alone() -> None:
    short = volume_z_score(Behaviour(tuple(days("u", 3, 5, 3, 5, 4, 9)), ()))
    long = volume_z_score(Behaviour(tuple(days("u", 3, 5, 3, 5, 4, 9, 500)), ()))
    assert short == {("u", on(5)): pytest.approx(5.0)}
    assert long["u", on(5)] == short["u", on(5)]


def test_the_budget_holds_and_nobody_alerts_twice_in_four_weeks() -> None:
    weeks = {
        on(7 * week): [WeekScore(user, value, on(7 * week), on(7 * week)) for user, value in (("a", 9.0), ("b", 5.0))]
        for week in range(7)
    }
    found = raise_findings("test", weeks, FIRST, on(60), 1)
    alerts = [(one.user_id, one.raised_on) for one in found if one.alert]
    assert alerts == [("a", on(20)), ("b", on(27)), ("a", on(48))]  # at the end of the weeks, the first two learning
    assert len(found) == 10


def test_a_week_takes_the_oddest_day_and_counts_a_patient_once() -> None:
    scores = {("u", on(0)): 1.0, ("u", on(2)): 7.0, ("u", on(7)): 2.0}
    assert weeks_of_days(scores) == {
        on(0): [WeekScore("u", 7.0, on(2), on(2))],
        on(7): [WeekScore("u", 2.0, on(7), on(7))],
    }
    opened = (("u", on(1), "p1"), ("u", on(2), "p1"), ("u", on(2), "p2"))
    assert weeks_of_unexplained(Behaviour((), opened)) == {on(0): [WeekScore("u", 2.0, on(1), on(2))]}
