"""What services, vendors and kiosks read beyond their task, though within what they were approved for.

A program does what it was made for: a check-in app and a kiosk open the record of somebody who has a visit today, a
result interface that of somebody for whom something was ordered, a platform that of somebody who was referred. All of
these are in the hospital, or were days ago. Whoever uses such an account to copy records needs others: those of the
archive, those of the last weeks, or more of those who are there. So the accesses of an account and date are counted by
how long ago the patient was last in the hospital, and the four counts are set against the account's own habit.

Counts of programs vary more than chance alone would have it: by habit they are negative binomial (Poisson counts whose
rate varies by a gamma distribution), with mean and dispersion of the days before. Beyond the task, a number of records
of unknown size is added, spread as a focus of :data:`~detector.detection.hypotheses.INTERFACE_FOCUSES` has it. The
evidence of a date for a focus is the log likelihood ratio of the two, averaged over the sizes; over the dates it adds
up like any other (:mod:`detector.detection.accumulation`).

How long ago somebody was last there is known only where the visits of the weeks before are: with a young log everybody
is of the archive at first, and week by week more were there lately. So until an account has a habit of days that look
back a month, what tells are more of the archive than at first, or more of all who are not there together.

Innocent twins are told apart by what they read: after an outage an interface catches up on patients of the last days,
as many as it is behind (they are expected); a job at the turn of the month reads the last weeks, on a night or a few,
and what it explains adds little (a kiosk has no such job); a migration has an approval, or an account of its own that
has no habit to depart from. What an account wrote into is its work.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, get_args

import numpy as np
import numpy.typing as npt
import polars as pl

from detector.detection.hypotheses import INTERFACE_FOCUSES
from detector.detection.likelihood import FIRST_DAYS, FLOOR, MICRO, OWN_DAYS, OWN_LAG_DAYS, LabelView
from detector.detection.streams import INTERFACE, INTERFACE_COMPONENTS
from detector.model.relations import RELATIONS, Recency

CLASSES: Final[tuple[Recency, ...]] = get_args(Recency)
WROTE: Final = "wrote"
"""Label of patients in whose record the account wrote: what it reads there belongs to what it writes."""
VIEW: Final = LabelView(
    "recency",
    pl.when(pl.col("wrote"))
    .then(pl.lit(WROTE))
    .otherwise(pl.col("relation").replace_strict({one.name: one.recency for one in RELATIONS}, return_dtype=pl.String)),
)
"""How long ago the patient was there: the one view of accounts that are no persons."""
LABEL: Final = f"label_{VIEW.id}"
SIZES: Final = (5.0, 20.0, 80.0, 320.0, 1280.0)
"""Records a day that may have been read beyond the task."""
SIZE_DISPERSION: Final = 4.0
"""Dispersion of that number from day to day: a quarter of its square is its variance."""
LEAST_RATE: Final = 0.2
"""Patients a day and class: nothing is held to be rarer, an estimate from weeks cannot know better."""
PRIOR_DAYS: Final = 3.0
"""Days of habit that the other accounts of the same task, such as the kiosks of a hall, weigh."""
KNOWN_DAYS: Final = 5
"""Days with reading from which the habit of an account is known."""
DISPERSIONS: Final = (0.5, 30.0)
LOOKS_BACK: Final = 30
"""Days after the first of the log from which it is known who was there within a month."""
ABSENT_FOCUS: Final[Mapping[Recency, float]] = {"present": 0.03, "archive": 0.97}
"""Where the records lie that are read beyond the task while all who are not there count as of the archive."""
UNKNOWN_CAP: Final = 1.0
"""Nats a day that an account without known habit may add."""
APPROVED_CAP: Final = 0.1
"""The same while an approval covers what it does."""
MONTH_END_CAP: Final = 2.0
"""The same for what a job over the month may have read, at the turn of the month, when these run."""
MONTH_END_RUNS: Final = 3
"""On so many dates of one turn of the month such a job may run."""
MONTH_END_REACH: Final = 35
"""How many days back a job over the month reads: the month, and the nights that it takes."""
APPROVALS: Final = ("interface-harvesting", "bulk-export", "record-enumeration", "scope-violation")
"""Patterns whose approval, where it names any, covers reading by an account that is no person."""
CATCH_UP_DAYS: Final = 7
"""Dates before, of which an account may be behind."""
STEADY_SHARE: Final = 0.8
"""Share of the dates on which an account reads, from which a date without is one on which it fell behind."""
BEHIND_SHARE: Final = 0.5
"""An account is behind where it read less than so much of what is usual on such a day."""

Floats = npt.NDArray[np.float64]
NO_DAYS: Final = np.zeros((0, len(CLASSES)))


@dataclass(frozen=True, slots=True)
class Habit:
    """What an account reads on a day, by class of :data:`CLASSES`: ``mean`` patients, ``dispersion`` of the counts.

    ``behind`` is how many patients it has read less than usual on the dates before; ``is_known``: from days enough.
    ``together``: the same with all who are not there counted as of the archive, where the days do not tell the classes
    apart; else None. ``seen_days``: of so many days, ``LOOKS_BACK`` at most, it is known who was there.
    """

    mean: Floats
    dispersion: Floats
    behind: float
    is_known: bool
    together: Habit | None = None
    seen_days: int = LOOKS_BACK


@dataclass(frozen=True, slots=True)
class ReadingDays:
    """What an account read: its ``task`` (department, role), and patients (``dates`` × :data:`CLASSES`), in order."""

    task: tuple[str, str]
    dates: list[dt.date]
    counts: Floats


def history_since(date: dt.date) -> dt.date:
    """Return the first date whose counts are read to judge ``date``."""
    return date - dt.timedelta(days=OWN_DAYS)


def score(
    accesses: pl.DataFrame, history: pl.DataFrame, date: dt.date, first_date: dt.date, month_end: Mapping[str, int]
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Score the labelled accesses of one date against ``history`` (see ``sql/detection/interface_days.sql``).

    ``month_end`` are the site's ``first`` and ``last`` day of the turn of the month.

    Returns ``accesses`` with ``share_relation`` (how usual the class is for the account) and one integer column per
    component, in millionths of a nat: the evidence of the date, up to what its circumstances allow, shared out among
    the records of the classes of which there are too many; and per account the evidence of the date: ``business_date,
    user_id, department, role`` and the components.
    """
    keys = ["business_date", "user_id", "department", "role"]
    accounts = days_by_account(history)
    rates, site_dates = peer_rates(accounts), history["business_date"].unique().sort().to_list()
    parts, days = [], []
    for (user,), own in accesses.sort("user_id", maintain_order=True).group_by("user_id", maintain_order=True):
        row = own.with_columns(approved=approved()).row(0, named=True)
        task = (row["department"], row["role"])
        peers = [rate for peer, rate in rates.get(task, {}).items() if peer != user]
        known = accounts.get(str(user), ReadingDays(task, [], NO_DAYS))
        habit = habit_of(known, peers, site_dates, date, first_date)
        counts = np.array([own.filter(pl.col(LABEL) == name).height for name in CLASSES], dtype=np.float64)
        may_be_job = (
            row["account_type"] != "kiosk"
            and is_month_end(date, month_end)
            and runs_before(known, habit, date, month_end) < MONTH_END_RUNS
        )
        evidence = evidence_of(counts, habit, at_month_end=may_be_job)
        beyond = beyond_job(counts, habit) if may_be_job else None
        bounds = {focus: most(focus, habit, beyond, approved=row["approved"]) for focus in evidence}
        evidence = {focus: bounded(*evidence[focus], bounds[focus]) for focus in evidence}
        sums = {f"{INTERFACE}_{focus}": round(whole * MICRO) for focus, (whole, _) in evidence.items()}
        days.append({key: row[key] for key in keys} | sums)
        parts.append(
            own.with_columns(
                share_relation=_by_class(usual_shares(habit), default=1.0).clip(FLOOR),
                **{f"{INTERFACE}_{focus}": _by_class(each, default=0.0) for focus, (_, each) in evidence.items()},
            ).with_columns((pl.col(INTERFACE_COMPONENTS) * MICRO).round().cast(pl.Int64))
        )
    schema = {key: accesses.schema[key] for key in keys} | dict.fromkeys(INTERFACE_COMPONENTS, pl.Int64)
    return pl.concat(parts) if parts else unscored(accesses), pl.DataFrame(days, schema=schema)


def unscored(accesses: pl.DataFrame) -> pl.DataFrame:
    """Return accesses that nothing is known against, with the columns of scored ones."""
    nothing = (pl.lit(0, dtype=pl.Int64).alias(name) for name in INTERFACE_COMPONENTS)
    return accesses.with_columns(pl.lit(1.0).alias("share_relation"), *nothing)


def _by_class(values: Floats, default: float) -> pl.Expr:
    """Return the value of each access's class; of records that the account wrote into the default."""
    return pl.col(LABEL).replace_strict(list(CLASSES), values.tolist(), default=default, return_dtype=pl.Float64)


def absent_as_one(counts: Floats) -> Floats:
    """Return counts by class (the last axis), of which all but those who are there are of the archive."""
    present = np.array([name == "present" for name in CLASSES])
    one = np.where(present, counts, 0.0)
    one[..., CLASSES.index("archive")] = counts[..., ~present].sum(axis=-1)
    return one


def for_all_absent(values: Floats) -> Floats:
    """Return values by class, of which each but that of who is there is the archive's."""
    return np.where([name == "present" for name in CLASSES], values, values[CLASSES.index("archive")])


def usual_shares(habit: Habit) -> Floats:
    """Return how usual each class is for an account."""
    if habit.together is None:
        return np.asarray(habit.mean / habit.mean.sum(), dtype=np.float64)
    mean = habit.together.mean
    return for_all_absent(mean / mean[[name in ABSENT_FOCUS for name in CLASSES]].sum())


def bounded(whole: float, each: Floats, bound: float) -> tuple[float, Floats]:
    """Return evidence of a date and of its records, no larger than a bound: so little makes no record suspicious."""
    return (bound, each * bound / whole) if whole > bound else (whole, each)


def most(focus: str, habit: Habit, beyond: float | None, *, approved: bool) -> float:
    """Return how many nats the date may add for a focus, infinite where nothing speaks for the account.

    ``beyond`` is what a job over the month does not explain, of a date on which there may be one; else None.
    """
    bounds = [float("inf")]
    if approved:
        bounds.append(APPROVED_CAP)
    if not habit.is_known:
        bounds.append(UNKNOWN_CAP)
    if beyond is not None:
        bounds.append(max(MONTH_END_CAP, beyond) if "archive" in INTERFACE_FOCUSES[focus] else MONTH_END_CAP)
    return min(bounds)


def beyond_job(counts: Floats, habit: Habit) -> float:
    """Return how much better copying the archive explains a date's counts than a job over the month does (nats).

    Of the patients of such a job as many are of the archive as were discharged before anybody can look back.
    """
    seen = habit.seen_days / MONTH_END_REACH
    week = min(seen, CATCH_UP_DAYS / MONTH_END_REACH)
    job: dict[Recency, float] = {"week": week, "month": seen - week, "archive": 1 - seen}
    return focus_evidence(counts, habit, INTERFACE_FOCUSES["archive"])[0] - focus_evidence(counts, habit, job)[0]


def runs_before(own: ReadingDays, habit: Habit, date: dt.date, month_end: Mapping[str, int]) -> int:
    """Return on how many earlier dates of the same turn of the month an account read absent people beyond its task."""
    counted, runs = dict(zip(own.dates, own.counts, strict=True)), 0
    for ago in range(1, LOOKS_BACK):
        day = date - dt.timedelta(days=ago)
        if not is_month_end(day, month_end):
            break
        if day in counted:
            evidence = evidence_of(counted[day], habit)
            runs += max(evidence[focus][0] for focus in ("archive", "recent")) > MONTH_END_CAP
    return runs


def is_month_end(date: dt.date, month_end: Mapping[str, int]) -> bool:
    """Tell whether a date lies within the turn of the month, which may reach into the next one."""
    first, last = month_end["first"], month_end["last"]
    return first <= date.day <= last if first <= last else date.day >= first or date.day <= last


def approved() -> pl.Expr:
    """Return whether an approval in force covers what an account that is no person reads."""
    named = pl.col("approved_patterns").str.split("|")
    covers = pl.any_horizontal(named.list.contains(pattern) for pattern in APPROVALS)
    return ((pl.col("approved_patterns") == "") | covers).fill_null(value=False)


def days_by_account(history: pl.DataFrame) -> dict[str, ReadingDays]:
    """Return what each account of the history read on its days; its department and role are the last it had."""
    counted = (
        pl.col("patients").filter(pl.col("label") == name).sum().cast(pl.Float64).alias(name) for name in CLASSES
    )
    by_day = (
        history.group_by("user_id", "business_date")
        .agg(pl.col("department", "role").last(), *counted)
        .sort("user_id", "business_date")
    )
    return {
        str(user): ReadingDays(
            (days["department"][-1], days["role"][-1]), days["business_date"].to_list(), days.select(CLASSES).to_numpy()
        )
        for (user,), days in by_day.group_by("user_id", maintain_order=True)
    }


def peer_rates(accounts: Mapping[str, ReadingDays]) -> dict[tuple[str, str], dict[str, Floats]]:
    """Return department and role → account → its mean day, of those with days enough: a migration has no habit."""
    rates: dict[tuple[str, str], dict[str, Floats]] = {}
    for user, days in accounts.items():
        if len(days.dates) >= KNOWN_DAYS:
            rates.setdefault(days.task, {})[user] = days.counts.mean(axis=0)
    return rates


def habit_of(
    own: ReadingDays, peers: Sequence[Floats], site_dates: Sequence[dt.date], date: dt.date, first_date: dt.date
) -> Habit:
    """Return the habit of an account from the days before the last four weeks, at the start from the first days.

    Days from which nobody can look back a month count where there are too few others. Where all are too few all days
    before count; ``peers``, the mean days of the accounts of the same department and role, weigh as three days.
    ``site_dates`` are all dates of the history.
    """
    until = max(date - dt.timedelta(days=OWN_LAG_DAYS), min(first_date + dt.timedelta(days=FIRST_DAYS), date))
    usual = np.median(np.stack(peers), axis=0) if peers else np.full(len(CLASSES), LEAST_RATE)
    lagged = np.array([day < until for day in own.dates], dtype=bool)
    since = first_date + dt.timedelta(days=LOOKS_BACK)
    late = np.array([day >= since for day in own.dates], dtype=bool)
    looks_back = bool((lagged & late).sum() >= KNOWN_DAYS or (late.all() and until > since))
    chosen = lagged & late if looks_back else lagged
    counts = own.counts[chosen] if chosen.sum() >= KNOWN_DAYS else own.counts
    known = len(counts) >= KNOWN_DAYS or len(peers) > 1
    late_by = behind(own.dates, own.counts.sum(axis=1), site_dates, date)
    habit = Habit(*usual_day(counts, usual), late_by, known)
    if looks_back:
        return habit
    together = Habit(*usual_day(absent_as_one(counts), absent_as_one(usual)), late_by, known)
    return replace(habit, together=together, seen_days=min(LOOKS_BACK, max(0, (date - first_date).days)))


def usual_day(counts: Floats, usual: Floats) -> tuple[Floats, Floats]:
    """Return mean and dispersion of days by class, drawn towards what is ``usual`` for the task."""
    mean = (counts.sum(axis=0) + PRIOR_DAYS * usual) / (len(counts) + PRIOR_DAYS)
    mean = np.maximum(mean, LEAST_RATE)
    return mean, dispersion(counts, mean)


def dispersion(counts: Floats, mean: Floats) -> Floats:
    """Return the dispersion of negative binomial counts by their moments; one, that of a geometric law, for few."""
    if len(counts) < KNOWN_DAYS:
        return np.ones(len(CLASSES))
    surplus = counts.var(axis=0, ddof=1) - mean
    return np.clip(np.where(surplus > 0, mean**2 / np.maximum(surplus, 1e-9), DISPERSIONS[1]), *DISPERSIONS)


def behind(dates: Sequence[dt.date], totals: Floats, site_dates: Sequence[dt.date], date: dt.date) -> float:
    """Return how many patients fewer than usual an account read on the last dates, weekends and weekdays apart.

    ``dates`` and ``totals`` are its own days, ``site_dates`` all on which any account like it read. An account that
    reads now and then is never behind.
    """
    since = [day for day in site_dates if dates and day >= dates[0]]
    if not since or len(dates) < STEADY_SHARE * len(since):
        return 0.0
    by_date = dict(zip(dates, totals.tolist(), strict=True))
    usual = {
        weekend: float(np.median([by_date.get(day, 0.0) for day in since if (day.weekday() >= 5) == weekend] or [0.0]))
        for weekend in (False, True)
    }
    recent = [
        (by_date.get(day, 0.0), usual[day.weekday() >= 5])
        for day in since
        if day >= date - dt.timedelta(days=CATCH_UP_DAYS)
    ]
    return float(sum(expected - read for read, expected in recent if read < BEHIND_SHARE * expected))


def evidence_of(counts: Floats, habit: Habit, *, at_month_end: bool = False) -> dict[str, tuple[float, Floats]]:
    """Return by focus what :func:`focus_evidence` does, for the whole archive beyond what the last weeks explain.

    A job over the month reads many records that are unusual, and none that only copying the archive explains.
    """
    if habit.together is not None:
        return young_evidence(counts, habit, habit.together, at_month_end=at_month_end)
    evidence = {focus: focus_evidence(counts, habit, weights) for focus, weights in INTERFACE_FOCUSES.items()}
    whole, each = evidence["archive"]
    explained = max(0.0, evidence["recent"][0])
    if whole > 0 and explained:
        left = whole - explained
        evidence["archive"] = left, each * max(0.0, left / whole)
    return evidence


def young_evidence(
    counts: Floats, habit: Habit, together: Habit, *, at_month_end: bool
) -> dict[str, tuple[float, Floats]]:
    """Return the evidence by focus where nobody can look back: more of the archive than at first, or of all absent.

    A job over the month reads people who are absent.
    """
    of_archive, each_of_archive = focus_evidence(counts, habit, ABSENT_FOCUS)
    as_one, caught_up = absent_as_one(counts), tuple(ABSENT_FOCUS)
    of_absent, each_of_absent = focus_evidence(as_one, together, ABSENT_FOCUS, caught_up)
    if at_month_end:
        of_absent, each_of_absent = bounded(of_absent, each_of_absent, MONTH_END_CAP)
    whole = float(np.logaddexp(of_archive, of_absent) - np.log(2))
    larger = each_of_archive if of_archive >= of_absent else for_all_absent(each_of_absent)
    shown = float((larger * counts).sum())
    each = larger * max(0.0, whole / shown) if whole > 0 and shown > 0 else np.zeros(len(CLASSES))
    evidence = {focus: (min(whole, 0.0), np.zeros(len(CLASSES))) for focus in INTERFACE_FOCUSES}
    present = focus_evidence(as_one, together, INTERFACE_FOCUSES["present"], caught_up)
    return evidence | {"archive": (whole, each), "present": present}


def focus_evidence(
    counts: Floats,
    habit: Habit,
    weights: Mapping[Recency, float],
    caught_up: Sequence[Recency] = ("present", "week"),
) -> tuple[float, Floats]:
    """Return the log likelihood ratio of a date's counts for a focus (nats), and what one record of each class has.

    Patients of the classes ``caught_up`` are read late, by an account that is behind.

    What the classes with too many records add is what speaks for the focus: the sum is shared out among these records.
    """
    spread = np.array([weights.get(name, 0.0) for name in CLASSES])
    late = habit.behind * np.array([name in caught_up for name in CLASSES])
    mean = habit.mean + late
    variance = mean + habit.mean**2 / habit.dispersion + late**2 / SIZE_DISPERSION
    ratios = np.stack(
        [
            log_negative_binomial(
                counts, mean + size * spread, variance + size * spread + (size * spread) ** 2 / SIZE_DISPERSION
            )
            - log_negative_binomial(counts, mean, variance)
            for size in SIZES
        ]
    )
    sums = ratios.sum(axis=1)
    total = float(np.logaddexp.reduce(sums) - np.log(len(SIZES)))
    telling = np.maximum(ratios[int(np.argmax(sums))], 0.0)
    if total <= 0 or telling.sum() <= 0:
        whole = counts.sum()
        return total, np.full(len(CLASSES), total / whole if whole and total < 0 else 0.0)
    return total, np.divide(total * telling / telling.sum(), counts, out=np.zeros(len(CLASSES)), where=counts > 0)


def log_negative_binomial(counts: Floats, mean: Floats, variance: Floats) -> Floats:
    """Return the log probability of counts that have a mean and a variance above it."""
    size = mean**2 / np.maximum(variance - mean, 1e-9 * mean)
    return np.asarray(
        _log_gamma(counts + size)
        - _log_gamma(size)
        - _log_gamma(counts + 1)
        + size * np.log(size / (size + mean))
        + counts * np.log(mean / (size + mean)),
        dtype=np.float64,
    )


def _log_gamma(values: Floats) -> Floats:
    return np.array([math.lgamma(value) for value in values.tolist()])
