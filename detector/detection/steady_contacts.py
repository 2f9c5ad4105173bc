"""Contact pages of patients whom the unit does look after, opened steadily where such work changes hands.

A nurse who sells the phone numbers of her own ward's patients opens nothing that she may not open. What gives her away
is how the work is shared out: the desk and the follow-up calls are somebody's duty for a shift or a week, so that an
account opens many contact pages on some of its days and none on most. Who collects takes a few on every shift.

So an account's days are compared as counts: contact pages of patients in the unit's care of whom nothing clinical was
opened and for whom nothing was written. By habit the count of a day falls into classes (:data:`EDGES`) as it does for
the peers (department and role, without the loudest of them, drawn towards the role) and for the account itself before
the last four weeks. Who collects adds a Poisson number of a mean of two, four or eight to that. The evidence of a day
is the log likelihood ratio against the habit that explains it better, so that a duty of long standing is none, nor is
one that the others have; a day without a contact page speaks against it more than one with many speaks
for it. What one day may add is bounded so that a week of duty stays below the threshold. Over the days it adds up like
any other evidence (:mod:`detector.detection.accumulation`).

Somebody whose days look like those of the desk stays invisible here; given a list of complaints, a trace may help.
"""

from __future__ import annotations

import datetime as dt
import math
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from detector.detection.features import BY_ID
from detector.detection.likelihood import (
    APPROVED_FACTOR,
    FIRST_DAYS,
    MICRO,
    OWN_DAYS,
    OWN_LAG_DAYS,
    PEER_DAYS,
    approval_covers,
    others_loudest,
    two_loudest,
)
from detector.detection.streams import STEADY_COMPONENTS, STEADY_SIZES

FEATURE: Final = BY_ID["contact_in_care"]
"""The count of a day, as ``account_days`` keeps it."""
EDGES: Final = (0, 1, 3, 6, 10, 16, 26)
"""From how many on a count is of the next class."""
MIDDLES: Final = (0, 2, 4, 8, 12, 20, 32)
"""What a count of the class is taken for where something is added to it."""
ROLE_DAYS: Final = 20.0
"""Account-days of the peers by which their shares are drawn towards the role's, and the role's towards everybody's."""
OWN_PRIOR_DAYS: Final = 5.0
LEAST_SHARE: Final = 0.01
"""No class is held to be rarer: a month of a ward cannot know better."""
INNOCENT_DAYS: Final = 0.05
"""Share of the days on which even who collects adds nothing."""
KEEP_NATS: Final = 0.1
"""Evidence of a day from which its contact pages are kept for a finding."""

Floats = npt.NDArray[np.float64]


def score(accesses: pl.DataFrame, history: pl.DataFrame, date: dt.date, first_date: dt.date) -> pl.DataFrame:
    """Score the account-days of people on one date.

    ``accesses`` are people's accesses of the date; ``history`` are people's account-days (``business_date, user_id,
    department, role`` and the feature's column) up to the date, itself included; those that do not have the count are
    left out.

    Returns per account ``business_date, user_id, department, role``, its ``contacts`` and one integer column per
    component: the evidence of the day in millionths of a nat.
    """
    known = history.drop_nulls(FEATURE.id)
    known = known.with_columns(counted=pl.Series(np.searchsorted(EDGES, known[FEATURE.id], side="right") - 1))
    today = known.filter(pl.col("business_date") == date).sort("user_id")
    habits = usual_shares(today, known.filter(pl.col("business_date") < date), date, first_date)
    usual, most_usual = habits.mean(axis=0), habits.max(axis=0)
    classes = today["counted"].to_numpy()
    places = np.arange(len(classes))
    covered = accesses.group_by("user_id").agg((FEATURE.applies & approval_covers()).any().alias("covered"))
    evidence = []
    for size in STEADY_SIZES:
        added = (1 - INNOCENT_DAYS) * usual @ transitions(size) + INNOCENT_DAYS * usual
        evidence.append(np.log(added[places, classes] / most_usual[places, classes]))
    return (
        today.select("business_date", "user_id", "department", "role", contacts=FEATURE.id)
        .with_columns(pl.Series(name, values) for name, values in zip(STEADY_COMPONENTS, evidence, strict=True))
        .join(covered, on="user_id", how="left", maintain_order="left")
        .with_columns(
            (
                pl.when((pl.col(name) > 0) & pl.col("covered")).then(APPROVED_FACTOR).otherwise(1.0)
                * pl.col(name)
                * MICRO
            )
            .round()
            .cast(pl.Int64)
            .alias(name)
            for name in STEADY_COMPONENTS
        )
        .drop("covered")
    )


def shared_out(accesses: pl.DataFrame, days: pl.DataFrame) -> pl.DataFrame:
    """Return people's accesses with the components: what a day adds, in equal parts to its contact pages.

    ``days`` as :func:`score` returns them. Of a day that adds nothing, or next to nothing, its pages have nothing.
    """
    joined = accesses.join(days.select("user_id", "contacts", *STEADY_COMPONENTS), on="user_id", how="left")
    telling = FEATURE.applies & (pl.max_horizontal(STEADY_COMPONENTS) >= KEEP_NATS * MICRO)
    return joined.with_columns(
        pl.when(telling.fill_null(value=False))
        .then(pl.col(name).clip(lower_bound=0) // pl.col("contacts"))
        .otherwise(0)
        .alias(name)
        for name in STEADY_COMPONENTS
    ).drop("contacts")


def usual_shares(today: pl.DataFrame, before: pl.DataFrame, date: dt.date, first_date: dt.date) -> Floats:
    """Return the share of the days in each class: habits (peers', own) × accounts of ``today`` × classes."""
    recent = before.filter(pl.col("business_date") >= date - dt.timedelta(days=PEER_DAYS))
    until = max(date - dt.timedelta(days=OWN_LAG_DAYS), min(first_date + dt.timedelta(days=FIRST_DAYS), date))
    past = before.filter(
        (pl.col("business_date") < until) & (pl.col("business_date") >= date - dt.timedelta(days=OWN_DAYS))
    )
    own = counts(recent, today, ["user_id"])
    peers, role = counts(recent, today, ["department", "role"]), counts(recent, today, ["role"])
    whole = np.bincount(recent["counted"].to_numpy(), minlength=len(EDGES)).astype(np.float64)
    every = _shares(whole - own, np.full(len(EDGES), 1 / len(EDGES)), len(EDGES) / 2)
    of_role = _shares(role - own, every, ROLE_DAYS)
    of_peers = _shares(np.maximum(peers - own - loudest(recent, today), 0), of_role, ROLE_DAYS)
    of_own = _shares(counts(past, today, ["user_id"]), of_peers, OWN_PRIOR_DAYS)
    habits = np.maximum(np.stack([of_peers, of_own]), LEAST_SHARE)
    return np.asarray(habits / habits.sum(axis=2, keepdims=True), dtype=np.float64)


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
