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
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
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

EPOCH: Final = dt.date(1970, 1, 1).toordinal()
"""The ordinal of the date that polars counts from."""

Floats = npt.NDArray[np.float64]
Numbers = npt.NDArray[np.int64]


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


@dataclass(frozen=True, slots=True)
class AccountDays:
    """Account-days as numbers: each array has one entry per day.

    ``user``, ``peers`` (department and role) and ``role`` number the accounts and their groups; ``place`` is the class
    of the count, ``date`` the date's ordinal.
    """

    date: Numbers
    user: Numbers
    peers: Numbers
    role: Numbers
    place: Numbers

    @classmethod
    def of(cls, days: pl.DataFrame, count: str) -> AccountDays:
        """Return the account-days as numbers; ``count`` is the column that is counted."""
        numbered = days.select(
            pl.col("business_date").to_physical(),
            pl.col("user_id", "department", "role").cast(pl.Categorical).to_physical(),
        ).cast(pl.Int64)
        classes = np.searchsorted(EDGES, days[count].to_numpy(), side="right") - 1
        date, user, department, role = (column.to_numpy() for column in numbered.iter_columns())
        return cls(date, user, department * (role.max(initial=0) + 1) + role, role, classes)

    def where(self, chosen: npt.NDArray[np.bool_]) -> AccountDays:
        """Return some of the days."""
        return AccountDays(
            self.date[chosen], self.user[chosen], self.peers[chosen], self.role[chosen], self.place[chosen]
        )


Groups = Callable[[AccountDays], Numbers]


def score(accesses: pl.DataFrame, history: pl.DataFrame, date: dt.date, first_date: dt.date) -> pl.DataFrame:
    """Score the account-days of people on one date.

    ``accesses`` are people's accesses of the date; ``history`` are people's account-days (``business_date, user_id,
    department, role`` and the column of each count) up to the date, itself included; those that do not have a count are
    left out of it.

    Returns per account ``business_date, user_id, department, role``, its counts and one integer column per component:
    the evidence of the day in millionths of a nat.
    """
    keys = ["business_date", "user_id", "department", "role"]
    names = [one.feature.id for one in COUNTS]
    history = history.sort("business_date", "user_id")
    days = history.filter(pl.col("business_date") == date).select(*keys, *names)
    covered = accesses.group_by("user_id").agg(
        (one.feature.applies & approval_covers()).any().alias(f"covered_{one.feature.id}") for one in COUNTS
    )
    for one in COUNTS:
        nats = count_evidence(one, history.drop_nulls(one.feature.id), date, first_date)
        found = days.filter(pl.col(one.feature.id).is_not_null()).select("user_id")
        found = found.with_columns(pl.Series(name, nats[:, place]) for place, name in enumerate(one.components))
        days = days.join(found, on="user_id", how="left", maintain_order="left")
    return (
        days.join(covered, on="user_id", how="left", maintain_order="left")
        .with_columns(
            (
                pl.when((pl.col(component) > 0) & pl.col(f"covered_{one.feature.id}"))
                .then(APPROVED_FACTOR)
                .otherwise(1.0)
                * pl.col(component)
                * MICRO
            )
            .round()
            .cast(pl.Int64)
            .fill_null(0)
            .alias(component)
            for one in COUNTS
            for component in one.components
        )
        .select(*keys, *names, *COUNTED_COMPONENTS)
    )


def count_evidence(count: ContactCount, history: pl.DataFrame, date: dt.date, first_date: dt.date) -> Floats:
    """Return the evidence of one count in nats, accounts of the date × components; ``history`` is in order."""
    known = AccountDays.of(history, count.feature.id)
    today = known.where(known.date == _ordinal(date))
    habits = usual_shares(known, today, date, first_date)
    usual, most_usual = habits.shares[:2].mean(axis=0), habits.shares.max(axis=0)
    places = np.arange(len(today.place))
    columns = []
    for size in count.sizes:
        added = (1 - INNOCENT_DAYS) * usual @ transitions(size) + INNOCENT_DAYS * usual
        columns.append(np.log(added[places, today.place] / most_usual[places, today.place]))
    nats = np.stack(columns, axis=1)
    rose = (habits.own_days >= count.least_own_days)[:, None]
    return np.asarray(np.where(rose, nats, np.minimum(nats, 0.0)), dtype=np.float64)


def _ordinal(date: dt.date) -> int:
    return date.toordinal() - EPOCH


def shared_out(accesses: pl.DataFrame, days: pl.DataFrame) -> pl.DataFrame:
    """Return people's accesses with the components: what a day adds, in equal parts to its contact pages.

    ``days`` as :func:`score` returns them. Of a day that adds nothing, or next to nothing, its pages have nothing.
    """
    counted = {one.feature.id: f"counted_{one.feature.id}" for one in COUNTS}
    of_days = days.select("user_id", *counted, *COUNTED_COMPONENTS).rename(counted)
    return (
        accesses.join(of_days, on="user_id", how="left")
        .with_columns(
            pl.when(
                (one.feature.applies & (pl.max_horizontal(one.components) >= KEEP_NATS * MICRO)).fill_null(value=False)
            )
            .then(pl.col(component).clip(lower_bound=0) // pl.col(counted[one.feature.id]))
            .otherwise(0)
            .alias(component)
            for one in COUNTS
            for component in one.components
        )
        .drop(counted.values())
    )


def usual_shares(known: AccountDays, today: AccountDays, date: dt.date, first_date: dt.date) -> Habits:
    """Return what is usual for the accounts of ``today``; ``known`` are the account-days up to the date."""
    night = _ordinal(date)
    recent = known.where((known.date < night) & (known.date >= night - PEER_DAYS))
    current = known.where(known.date > night - CURRENT_DAYS)
    until = max(night - OWN_LAG_DAYS, min(_ordinal(first_date) + FIRST_DAYS, night))
    past = known.where((known.date < until) & (known.date >= night - OWN_DAYS))
    whole = np.bincount(recent.place, minlength=len(EDGES)).astype(np.float64)
    uniform = np.full(len(EDGES), 1 / len(EDGES))
    every = _shares(whole - own_days(recent, today), uniform, len(EDGES) / 2)
    of_role = _shares(of_others(recent, today, lambda days: days.role)[0], every, ROLE_DAYS)
    of_peers = _shares(without_the_loudest(recent, today), of_role, ROLE_DAYS)
    past_days = own_days(past, today)
    of_own = _shares(past_days, of_peers, OWN_PRIOR_DAYS)
    of_now = _shares(without_the_loudest(current, today), of_peers, CURRENT_PRIOR_DAYS)
    habits = np.maximum(np.stack([of_peers, of_own, of_now]), LEAST_SHARE)
    return Habits(np.asarray(habits / habits.sum(axis=2, keepdims=True), dtype=np.float64), past_days.sum(axis=1))


def _shares(days: Floats, parent: Floats, weight: float) -> Floats:
    """Return days by class as shares, drawn towards the ``parent``'s by so many days."""
    return np.asarray((days + weight * parent) / (days.sum(axis=1, keepdims=True) + weight), dtype=np.float64)


def without_the_loudest(days: AccountDays, today: AccountDays) -> Floats:
    """Return for each account of ``today`` the days by class of its peers, without the loudest of them."""
    others, loudest = of_others(days, today, lambda one: one.peers)
    return others - loudest


def of_others(days: AccountDays, today: AccountDays, groups: Groups) -> tuple[Floats, Floats]:
    """Return for each account of ``today`` the days by class of the others of its group, and of the loudest of them.

    Without the loudest, two who do the same excuse nobody.
    """
    classes = len(EDGES)
    user = np.concatenate([days.user, today.user])
    group = np.concatenate([groups(days), groups(today)])
    users = user.max(initial=0) + 1
    members, member = np.unique(group * users + user, return_inverse=True)  # in order of their groups
    counted = member[: len(days.user)] * classes + days.place
    each = np.bincount(counted, minlength=len(members) * classes).reshape(-1, classes).astype(np.float64)
    _, begins, of_group = np.unique(members // users, return_index=True, return_inverse=True)
    every, most = (np.asarray(one.reduceat(each, begins), dtype=np.float64) for one in (np.add, np.maximum))
    leads = each == most[of_group]
    next_to_it = np.maximum.reduceat(np.where(leads, 0, each), begins)
    next_to_it = np.where(np.add.reduceat(leads, begins, dtype=np.int64) > 1, most, next_to_it)
    own = member[len(days.user) :]
    asked = of_group[own]
    return every[asked] - each[own], np.where(leads[own], next_to_it[asked], most[asked])


def own_days(days: AccountDays, today: AccountDays) -> Floats:
    """Return for each account of ``today`` its days by class."""
    users, classes = max(days.user.max(initial=0), today.user.max(initial=0)) + 1, len(EDGES)
    found = np.bincount(days.user * classes + days.place, minlength=users * classes).reshape(users, classes)
    return found[today.user].astype(np.float64)


@cache
def transitions(size: float) -> Floats:
    """Return the chance that a day of a class (rows) becomes one of another (columns) by a Poisson number added."""
    chances = np.zeros((len(EDGES), len(EDGES)))
    for place, middle in enumerate(MIDDLES):
        for added in range(4 * int(size) + 20):
            chance = math.exp(added * math.log(size) - size - math.lgamma(added + 1))
            chances[place, int(np.searchsorted(EDGES, middle + added, side="right")) - 1] += chance
    return np.asarray(chances / chances.sum(axis=1, keepdims=True), dtype=np.float64)
