"""Contact pages by their number: opened steadily where such work changes hands, or more of them than the work takes.

A nurse who sells the phone numbers of her own ward's patients opens nothing that she may not open, and a clerk who
copies them at the registration desk opens what the desk opens all day. What gives both away is how many there are, day
after day, beside what the work takes. So an account's days are compared as counts (:data:`COUNTS`):

- *steady*: contact pages of patients in the unit's care of whom nothing clinical was opened and for whom nothing was
  written. The desk and the follow-up calls are somebody's duty for a shift or a week, so that an account opens many on
  some of its days and none on most. Who collects takes a few on every shift.
- *rising*: contact pages of patients outside the unit's care, where opening them is part of the work. Who collects
  opens more than before, and more than the others do. A rise has a before: an account without days of its own from
  then adds nothing.

By habit the count of a day falls into classes (:data:`EDGES`) as it does for the peers (department and role, without
the loudest of them, drawn towards the role) and for the account itself before the last four weeks. Who collects adds a
Poisson number of one of several means to that. The evidence of a day is the log likelihood ratio against the habit that
explains it best, that of the peers within the last days among them (a campaign, a rush), so that a duty of long
standing is none, nor is one that the others have; a day without a contact page speaks against it more than one with
many speaks for it. What one day may add is bounded so that a week of duty stays below the threshold. Over the days it
adds up like any other evidence (:mod:`detector.detection.accumulation`).

Somebody whose days look like those of the desk stays invisible here; given a list of complaints, a trace may help.
"""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from detector.detection.features import BY_ID, Feature
from detector.detection.likelihood import (
    APPROVED_FACTOR,
    CURRENT_DAYS,
    FIRST_DAYS,
    MICRO,
    OWN_DAYS,
    OWN_LAG_DAYS,
    PEER_DAYS,
    approval_covers,
    others_loudest,
    two_loudest,
)
from detector.detection.streams import (
    COUNTED_COMPONENTS,
    RISING_COMPONENTS,
    RISING_SIZES,
    STEADY_COMPONENTS,
    STEADY_SIZES,
)

EDGES: Final = (0, 1, 3, 6, 10, 16, 26, 42, 68)
"""From how many on a count is of the next class."""
MIDDLES: Final = (0, 2, 4, 8, 12, 20, 32, 54, 88)
"""What a count of the class is taken for where something is added to it."""
ROLE_DAYS: Final = 20.0
"""Account-days of the peers by which their shares are drawn towards the role's, and the role's towards everybody's."""
OWN_PRIOR_DAYS: Final = 5.0
CURRENT_PRIOR_DAYS: Final = 5.0
"""Account-days of the peers' last weeks by which the shares of the last days are drawn towards them."""
LEAST_SHARE: Final = 0.01
"""No class is held to be rarer: a month of a ward cannot know better."""
INNOCENT_DAYS: Final = 0.05
"""Share of the days on which even who collects adds nothing."""
KEEP_NATS: Final = 0.1
"""Evidence of a day from which its contact pages are kept for a finding."""

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class ContactCount:
    """One count of contact pages a day: ``feature`` is the column of ``account_days`` that keeps it.

    ``sizes`` are the means of what who collects may add, with a component each. An account with fewer than
    ``least_own_days`` in its own habit adds nothing.
    """

    feature: Feature
    sizes: tuple[int, ...]
    components: tuple[str, ...]
    least_own_days: int = 0


COUNTS: Final = (
    ContactCount(BY_ID["contact_in_care"], STEADY_SIZES, STEADY_COMPONENTS),
    ContactCount(BY_ID["contact_unexplained"], RISING_SIZES, RISING_COMPONENTS, least_own_days=5),
)


@dataclass(frozen=True, slots=True)
class Habits:
    """What is usual for accounts.

    ``shares``: share of the days by class, habits (peers', own, the peers' of the last days) × accounts × classes.
    ``own_days``: the days that the own habit of each account rests on.
    """

    shares: Floats
    own_days: Floats


def score(accesses: pl.DataFrame, history: pl.DataFrame, date: dt.date, first_date: dt.date) -> pl.DataFrame:
    """Score the account-days of people on one date.

    ``accesses`` are people's accesses of the date; ``history`` are people's account-days (``business_date, user_id,
    department, role`` and the column of each count) up to the date, itself included; those that do not have a count are
    left out of it.

    Returns per account ``business_date, user_id, department, role``, its counts and one integer column per component:
    the evidence of the day in millionths of a nat.
    """
    keys = ["business_date", "user_id", "department", "role"]
    days = history.filter(pl.col("business_date") == date).select(*keys, *(one.feature.id for one in COUNTS))
    for count in COUNTS:
        days = days.join(count_evidence(count, accesses, history, date, first_date), on="user_id", how="left")
    return days.with_columns(pl.col(COUNTED_COMPONENTS).fill_null(0)).sort("user_id")


def count_evidence(
    count: ContactCount, accesses: pl.DataFrame, history: pl.DataFrame, date: dt.date, first_date: dt.date
) -> pl.DataFrame:
    """Return ``user_id`` and the components of one count, for the account-days of the date that have it."""
    name = count.feature.id
    known = history.drop_nulls(name)
    known = known.with_columns(counted=pl.Series(np.searchsorted(EDGES, known[name], side="right") - 1))
    today = known.filter(pl.col("business_date") == date).sort("user_id")
    habits = usual_shares(today, known, date, first_date)
    usual, most_usual = habits.shares[:2].mean(axis=0), habits.shares.max(axis=0)
    classes = today["counted"].to_numpy()
    places = np.arange(len(classes))
    rose = habits.own_days >= count.least_own_days
    covered = accesses.group_by("user_id").agg((count.feature.applies & approval_covers()).any().alias("covered"))
    columns = []
    for component, size in zip(count.components, count.sizes, strict=True):
        added = (1 - INNOCENT_DAYS) * usual @ transitions(size) + INNOCENT_DAYS * usual
        nats = np.log(added[places, classes] / most_usual[places, classes])
        columns.append(pl.Series(component, np.where(rose, nats, np.minimum(nats, 0.0))))
    return (
        today.select("user_id")
        .with_columns(columns)
        .join(covered, on="user_id", how="left", maintain_order="left")
        .with_columns(
            (
                pl.when((pl.col(component) > 0) & pl.col("covered")).then(APPROVED_FACTOR).otherwise(1.0)
                * pl.col(component)
                * MICRO
            )
            .round()
            .cast(pl.Int64)
            .alias(component)
            for component in count.components
        )
        .drop("covered")
    )


def shared_out(accesses: pl.DataFrame, days: pl.DataFrame) -> pl.DataFrame:
    """Return people's accesses with the components: what a day adds, in equal parts to its contact pages.

    ``days`` as :func:`score` returns them. Of a day that adds nothing, or next to nothing, its pages have nothing.
    """
    counted = {count.feature.id: f"counted_{count.feature.id}" for count in COUNTS}
    joined = accesses.join(
        days.select("user_id", *counted, *COUNTED_COMPONENTS).rename(counted), on="user_id", how="left"
    )
    return joined.with_columns(
        pl.when(
            (count.feature.applies & (pl.max_horizontal(count.components) >= KEEP_NATS * MICRO)).fill_null(value=False)
        )
        .then(pl.col(component).clip(lower_bound=0) // pl.col(counted[count.feature.id]))
        .otherwise(0)
        .alias(component)
        for count in COUNTS
        for component in count.components
    ).drop(counted.values())


def usual_shares(today: pl.DataFrame, known: pl.DataFrame, date: dt.date, first_date: dt.date) -> Habits:
    """Return what is usual for the accounts of ``today``; ``known`` are the account-days up to the date, by class."""
    before = known.filter(pl.col("business_date") < date)
    recent = before.filter(pl.col("business_date") >= date - dt.timedelta(days=PEER_DAYS))
    current = known.filter(pl.col("business_date") > date - dt.timedelta(days=CURRENT_DAYS))
    until = max(date - dt.timedelta(days=OWN_LAG_DAYS), min(first_date + dt.timedelta(days=FIRST_DAYS), date))
    past = before.filter(
        (pl.col("business_date") < until) & (pl.col("business_date") >= date - dt.timedelta(days=OWN_DAYS))
    )
    own = counts(recent, today, ["user_id"])
    role = counts(recent, today, ["role"])
    whole = np.bincount(recent["counted"].to_numpy(), minlength=len(EDGES)).astype(np.float64)
    every = _shares(whole - own, np.full(len(EDGES), 1 / len(EDGES)), len(EDGES) / 2)
    of_role = _shares(role - own, every, ROLE_DAYS)
    of_peers = _shares(peers(recent, today, own), of_role, ROLE_DAYS)
    own_past = counts(past, today, ["user_id"])
    of_own = _shares(own_past, of_peers, OWN_PRIOR_DAYS)
    of_now = _shares(peers(current, today, counts(current, today, ["user_id"])), of_peers, CURRENT_PRIOR_DAYS)
    habits = np.maximum(np.stack([of_peers, of_own, of_now]), LEAST_SHARE)
    return Habits(np.asarray(habits / habits.sum(axis=2, keepdims=True), dtype=np.float64), own_past.sum(axis=1))


def peers(days: pl.DataFrame, today: pl.DataFrame, own: Floats) -> Floats:
    """Return for each account of ``today`` the days by class of its peers, without the loudest of them."""
    return np.maximum(counts(days, today, ["department", "role"]) - own - loudest(days, today), 0)


def _shares(days: Floats, parent: Floats, weight: float) -> Floats:
    """Return days by class as shares, drawn towards the ``parent``'s by so many days."""
    return np.asarray((days + weight * parent) / (days.sum(axis=1, keepdims=True) + weight), dtype=np.float64)


def counts(days: pl.DataFrame, today: pl.DataFrame, keys: list[str]) -> Floats:
    """Return for each account of ``today`` the days by class of all that have its ``keys``."""
    found = days.group_by(keys).agg((pl.col("counted") == place).sum().alias(f"{place}") for place in range(len(EDGES)))
    joined = today.select(keys).join(found, on=keys, how="left", maintain_order="left")
    return joined.drop(keys).fill_null(0).to_numpy().astype(np.float64)


def loudest(days: pl.DataFrame, today: pl.DataFrame) -> Floats:
    """Return per account and class the most days that one of its peers has: two who do the same excuse nobody."""
    keys = ["department", "role"]
    most = two_loudest(days.with_columns(label="counted", days=pl.lit(1)), pl.col("days"), "most")
    each = today.select("user_id", *keys).join(most, on=keys).with_columns(others=others_loudest("most").fill_null(0))
    found = each.group_by("user_id").agg(
        pl.col("others").filter(pl.col("label") == place).sum().alias(f"{place}") for place in range(len(EDGES))
    )
    joined = today.select("user_id").join(found, on="user_id", how="left", maintain_order="left")
    return joined.drop("user_id").fill_null(0).to_numpy().astype(np.float64)


def transitions(size: float) -> Floats:
    """Return the chance that a day of a class (rows) becomes one of another (columns) by a Poisson number added."""
    chances = np.zeros((len(EDGES), len(EDGES)))
    for place, middle in enumerate(MIDDLES):
        for added in range(4 * int(size) + 20):
            chance = math.exp(added * math.log(size) - size - math.lgamma(added + 1))
            chances[place, int(np.searchsorted(EDGES, middle + added, side="right")) - 1] += chance
    return np.asarray(chances / chances.sum(axis=1, keepdims=True), dtype=np.float64)
