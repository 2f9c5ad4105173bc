"""What detection must beat: four simple rankings of accounts on the same events, held to the same budget.

==========================  ==========================================================================================
`volume z-score`            patients of a day against the account's own earlier days
`isolation forest`          pyod's, on raw counts of an account's day, trained on all days so far
`ECOD`                      pyod's, on the same counts
`unexplained accesses`      patients of a week whom nothing in the judged accesses explains, as in explanation-based
                            auditing; people only, since nothing explains what a service account does
==========================  ==========================================================================================

None looks ahead: a day is scored with the days up to it, and a week's alerts are raised on the last day of the week.
An account's score of a week is its highest of a day; the highest of the week alert, as many as the budget allows, an
account at most once in 28 days.
"""

from __future__ import annotations

import datetime as dt
import math
import warnings
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol

import numpy as np
import numpy.typing as npt

from detector.deployment.settings import load_settings
from detector.store import open_published
from tests.evaluation.scoring import LEARNING_DAYS, Finding

SILENT_FOR: Final = dt.timedelta(days=28)
LEAST_DAYS: Final = 5
SEED: Final = 20260601

_COUNTS: Final = """
    select
        user_id, business_date,
        count(*) as events,
        count(distinct patient_id) as patients,
        count(distinct patient_department) as departments,
        count(*) filter (action = 'view') as views,
        count(*) filter (action = 'search') as searches,
        count(*) filter (action in ('print', 'export')) as outputs,
        coalesce(sum(record_count) filter (action in ('print', 'export')), 0)::bigint as records,
        count(*) filter (category = 'demographics') as contact_pages,
        count(*) filter (action in ('create', 'update', 'delete')) as writes,
        count(*) filter (hour(local_time) >= 22 or hour(local_time) < 6) as at_night,
        count(distinct workstation) as workstations
    from events
    where user_id is not null and business_date <= ?
    group by all
    order by business_date, user_id
"""
_UNEXPLAINED: Final = """
    select user_id, business_date, patient_id
    from patient_days
    where state <> 'explained' and account_type = 'human'
    order by all
"""
_PATIENTS: Final = 1  # the place of `patients` among the counts


@dataclass(frozen=True, slots=True)
class DayCounts:
    """Raw counts of one account on one business date."""

    user_id: str
    on: dt.date
    counts: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Behaviour:
    """What the baselines see of a deployment, in order of date and account."""

    days: tuple[DayCounts, ...]
    unexplained: tuple[tuple[str, dt.date, str], ...]

    @property
    def first(self) -> dt.date:
        """The first business date."""
        return self.days[0].on

    @property
    def last(self) -> dt.date:
        """The last business date."""
        return self.days[-1].on


@dataclass(frozen=True, slots=True)
class WeekScore:
    """How odd an account was in one week, and the days that this rests on."""

    user_id: str
    score: float
    window_start: dt.date
    window_end: dt.date


class Detector(Protocol):
    """The part of pyod's detectors that is used; `decision_scores_` has one score a row fitted, higher = odder."""

    decision_scores_: npt.NDArray[np.float64]

    def fit(self, rows: npt.NDArray[np.float64]) -> Any:
        """Learn from rows."""


def read_behaviour(config: Path) -> Behaviour:
    """Read what a finished run has published, up to the last date that it judged."""
    with open_published(load_settings(config)) as published:
        connection = published.connection
        ((last,),) = connection.execute("select max(business_date) from dates").fetchall()
        days = connection.execute(_COUNTS, [last]).fetchall()
        unexplained = connection.execute(_UNEXPLAINED).fetchall()
    return Behaviour(
        days=tuple(DayCounts(row[0], row[1], tuple(float(each) for each in row[2:])) for row in days),
        unexplained=tuple((row[0], row[1], row[2]) for row in unexplained),
    )


def volume_z_score(behaviour: Behaviour) -> dict[tuple[str, dt.date], float]:
    """Score each day's patients against the account's own earlier days."""
    scores: dict[tuple[str, dt.date], float] = {}
    earlier: defaultdict[str, list[float]] = defaultdict(list)
    for day in behaviour.days:
        past = earlier[day.user_id]
        patients = day.counts[_PATIENTS]
        if len(past) >= LEAST_DAYS:
            scores[day.user_id, day.on] = (patients - float(np.mean(past))) / max(1.0, float(np.std(past)))
        past.append(patients)
    return scores


def model_on_counts(behaviour: Behaviour, new_model: Callable[[], Detector]) -> dict[tuple[str, dt.date], float]:
    """Score each day after the learning days with a model fitted on all days up to it."""
    counts = np.array([day.counts for day in behaviour.days], dtype=np.float64)
    dates = np.array([day.on.toordinal() for day in behaviour.days])
    scores: dict[tuple[str, dt.date], float] = {}
    for on in range(behaviour.first.toordinal() + LEARNING_DAYS, behaviour.last.toordinal() + 1):
        end = int(np.searchsorted(dates, on, side="right"))
        start = int(np.searchsorted(dates, on, side="left"))
        if start == end:
            continue
        model = new_model()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)  # of counts that are nearly constant
            model.fit(counts[:end])
        for day, value in zip(behaviour.days[start:end], model.decision_scores_[start:], strict=True):
            scores[day.user_id, day.on] = float(value)
    return scores


def isolation_forest() -> Detector:
    """Return pyod's isolation forest with a fixed seed."""
    from pyod.models.iforest import IForest

    model: Detector = IForest(random_state=SEED)
    return model


def ecod() -> Detector:
    """Return pyod's ECOD, which draws nothing at random."""
    from pyod.models.ecod import ECOD

    model: Detector = ECOD()
    return model


def weeks_of_days(scores: Mapping[tuple[str, dt.date], float]) -> dict[dt.date, list[WeekScore]]:
    """Return by Monday the oddest day of every account."""
    oddest: dict[tuple[dt.date, str], WeekScore] = {}
    for (user, on), value in scores.items():
        key = monday(on), user
        if key not in oddest or value > oddest[key].score:
            oddest[key] = WeekScore(user, value, on, on)
    return by_week((start, one) for (start, _), one in oddest.items())


def weeks_of_unexplained(behaviour: Behaviour) -> dict[dt.date, list[WeekScore]]:
    """Return by Monday how many patients without an explanation every account opened."""
    patients: defaultdict[tuple[dt.date, str], set[str]] = defaultdict(set)
    days: defaultdict[tuple[dt.date, str], set[dt.date]] = defaultdict(set)
    for user, on, patient in behaviour.unexplained:
        patients[monday(on), user].add(patient)
        days[monday(on), user].add(on)
    return by_week(
        (start, WeekScore(user, float(len(opened)), min(days[start, user]), max(days[start, user])))
        for (start, user), opened in patients.items()
    )


def by_week(scores: Iterable[tuple[dt.date, WeekScore]]) -> dict[dt.date, list[WeekScore]]:
    """Gather scores by Monday, oddest first, ties by account."""
    weeks: defaultdict[dt.date, list[WeekScore]] = defaultdict(list)
    for start, one in scores:
        weeks[start].append(one)
    return {start: sorted(weeks[start], key=lambda one: (-one.score, one.user_id)) for start in sorted(weeks)}


def monday(on: dt.date) -> dt.date:
    """Return the first day of a date's ISO week."""
    return on - dt.timedelta(days=on.weekday())


def raise_findings(
    name: str, weeks: Mapping[dt.date, Sequence[WeekScore]], first: dt.date, last: dt.date, alerts_a_week: int
) -> tuple[Finding, ...]:
    """Alert on the highest scores of each week after the learning days; the others are findings without an alert."""
    findings: list[Finding] = []
    alerted: dict[str, dt.date] = {}
    for start, ranking in sorted(weeks.items()):
        raised_on = min(start + dt.timedelta(days=6), last)
        if raised_on < first + dt.timedelta(days=LEARNING_DAYS):
            continue
        left = alerts_a_week
        for one in ranking:
            silent = one.user_id in alerted and raised_on - alerted[one.user_id] < SILENT_FOR
            alert = left > 0 and not silent
            if alert:
                left -= 1
                alerted[one.user_id] = raised_on
            findings.append(
                Finding(
                    finding_id=f"{name}/{start}/{one.user_id}",
                    raised_on=raised_on,
                    window_start=one.window_start,
                    window_end=one.window_end,
                    risk=50 + 100 * math.atan(one.score) / math.pi,
                    alert=alert,
                    user_id=one.user_id,
                )
            )
    return tuple(findings)


def baseline_findings(behaviour: Behaviour, budgets: Mapping[str, int]) -> dict[str, tuple[Finding, ...]]:
    """Return the findings of every baseline at every budget: alerts a week, by what is appended to its name."""
    weeks = {
        "volume z-score": weeks_of_days(volume_z_score(behaviour)),
        "isolation forest on counts": weeks_of_days(model_on_counts(behaviour, isolation_forest)),
        "ECOD on counts": weeks_of_days(model_on_counts(behaviour, ecod)),
        "unexplained accesses": weeks_of_unexplained(behaviour),
    }
    return {
        name + suffix: raise_findings(name, found, behaviour.first, behaviour.last, alerts_a_week)
        for suffix, alerts_a_week in budgets.items()
        for name, found in weeks.items()
    }
