"""How surprising an access is: the habit of the account and of its peers, and the weight of evidence against it.

Every access of a person carries one label per *view*: ``relation`` (relation/corroboration/access_type), ``kind`` (the
same with the relations without care of one kind taken together: a habit of one of them makes the others less
of a surprise) and ``object`` (whose record). The probability of a label
is estimated from counts of the last weeks, from the general to the particular: everybody, the department and the role,
the peers (department × role), the account itself.
Each step is shrunk towards the one before it (beta-binomial with a bounded prior weight, which for the account's own
habit is small where it has hardly any peers), an account never counts
among its own peers, and neither does the loudest of the others: two who do the same wrong are not each other's excuse.
What several peers began to do within the last days is the unit's common movement (a campaign, an outbreak, a moved
ward): where that is the larger share, it counts as the peers' habit already.
The account's own habit is taken from before the last four weeks (at the start of the history: from its first days),
so that a slow ramp does not become the new normal. Nobody knows what those first days were: who collects from the first
day on would be its own excuse. They explain no contact page of a patient without care, opened at night, off duty or
while the unit rests: there only what the peers do counts, until the habit is older than four weeks.

The weight of evidence of one access for a hypothesis that explains a share *e* of the accounts' accesses is the log
likelihood ratio of the mixture, ``ln(1 - e + e * w(label) / p(label))`` in nats; its expectation is one on the ratio
scale while the account follows the habit (e-values: Vovk & Wang, Annals of Statistics 49, 2021).
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import duckdb
import polars as pl

from detector.database import queries
from detector.database.rows import registered
from detector.detection.hypotheses import HYPOTHESES, Component
from detector.detection.patterns import patterns
from detector.model.relations import RELATIONS, WITHOUT_CARE, of_kind

PEER_DAYS: Final = 28
OWN_DAYS: Final = 90
OWN_LAG_DAYS: Final = 28
FIRST_DAYS: Final = 10
"""At the start of the history the account's habit is learned from its first days."""
CURRENT_DAYS: Final = 7
"""What the unit does together now: days up to the judged one, itself included."""
MINIMUM_DAYS: Final = 7
"""With less history than this nothing is called surprising."""
FLOOR: Final = 2.0**-12
"""No label is held to be rarer than this: an estimate from weeks of data cannot know better."""
PRIOR_COUNT: Final = 1.0
MAXIMUM_PRIOR_WEIGHT: Final = 300.0
ALONE_WEIGHT: Final = 5.0
"""How many accesses the general habit counts for beside the own one of an account without peers."""
APPROVED_FACTOR: Final = 0.2
"""What is left of the evidence of an access that an approval covers: it lowers, it does not hide."""
REPEAT_DAYS: Final = 14
REPEATED_FACTOR: Final = 0.3
NOTED_PATIENTS: Final = 2
NOTED_SHARE: Final = 0.25
NOTED_FACTOR: Final = 0.6
"""What is left of the evidence of a day on which part of the unrelated records got a note: see `leaves_notes`."""
ALONE_FACTOR: Final = 0.6
"""What is left of the evidence against an account whose task nobody knows: see `unknown_task`."""
ALONE_ACCESSES: Final = 50.0
"""After how many accesses, of others of the role or earlier ones of its own, half of a task is known."""
NEW_FACTOR: Final = 0.35
"""What is left of the evidence of reading by a new account: joiners read earlier records to learn."""
HABIT_SHARE: Final = 2.0**-5
"""A label this usual for the account and its peers explains an access by habit."""
MICRO: Final = 1_000_000
"""Evidence is summed as integers of one millionth of a nat: sums do not depend on their order."""


@dataclass(frozen=True, slots=True)
class LabelView:
    """One way of labelling accesses. ``label`` is an expression over the columns of ``facts``."""

    id: str
    label: pl.Expr


def _without_care() -> pl.Expr:
    return pl.col("relation").is_in(WITHOUT_CARE)


def _kind() -> pl.Expr:
    return pl.col("relation").replace({one.name: one.kind for one in RELATIONS if one.without_care})


VIEWS: Final[tuple[LabelView, ...]] = (
    LabelView("relation", pl.concat_str("relation", "corroboration", "access_type", separator="/")),
    LabelView("kind", pl.concat_str(_kind(), "corroboration", "access_type", separator="/")),
    LabelView(
        "object",
        pl.when(~_without_care())
        .then(pl.lit("other"))
        .otherwise(
            pl.concat_str(
                pl.when(pl.col("household"))
                .then(pl.lit("household"))
                .when(pl.col("vip"))
                .then(pl.lit("vip"))
                .when(pl.col("colleague"))
                .then(pl.lit("colleague"))
                .otherwise(pl.lit("other")),
                pl.when(_kind() == "elsewhere").then(pl.lit("_there")).otherwise(pl.lit("")),
            )
        ),
    ),
)
"""The views, in the order in which they are stored."""


def labelled(facts: pl.DataFrame, views: Sequence[LabelView] = VIEWS) -> pl.DataFrame:
    """Return ``facts`` with one column ``label_<view>`` per view."""
    return facts.with_columns(view.label.alias(f"label_{view.id}") for view in views)


def label_counts(accesses: pl.DataFrame, views: Sequence[LabelView] = VIEWS) -> pl.DataFrame:
    """Count labelled accesses: ``business_date, user_id, department, role, view, label, patients``."""
    keys = ["business_date", "user_id", "department", "role"]
    return pl.concat(
        accesses.group_by(*keys, pl.col(f"label_{view.id}").alias("label"))
        .agg(patients=pl.len().cast(pl.Int32))
        .select(*keys, pl.lit(view.id).alias("view"), "label", "patients")
        for view in views
    ).sort("business_date", "user_id", "view", "label")


def shrunk(count: pl.Expr, total: pl.Expr, parent: pl.Expr, known: pl.Expr | None = None) -> pl.Expr:
    """Return the share ``count / total``, drawn towards ``parent`` by as much as the data are few.

    ``known``: on how many accesses the parent rests. Where these are few it draws less: nobody else's work says what is
    usual for somebody who is alone in a task.
    """
    bounds = [pl.lit(MAXIMUM_PRIOR_WEIGHT), *([] if known is None else [ALONE_WEIGHT + known])]
    weight = pl.min_horizontal(PRIOR_COUNT / parent, *bounds)
    return (count + weight * parent) / (total + weight)


def habits(connection: duckdb.DuckDBPyConnection, dates: Sequence[dt.date], first_date: dt.date) -> pl.DataFrame:
    """Read what every account did before each of the ``dates``.

    Returns ``business_date, user_id, department, role, view, label, recent, past, current``: ``recent`` counts the
    ``PEER_DAYS`` days before the date, ``past`` the account's own habit (see the module's text), ``current`` the last
    ``CURRENT_DAYS`` days with the date itself.
    """
    one = dt.timedelta(days=1)
    begun = first_date + FIRST_DAYS * one
    spans = {
        "business_date": list(dates),
        "recent_from": [date - PEER_DAYS * one for date in dates],
        "own_from": [date - OWN_DAYS * one for date in dates],
        "own_until": [max(date - OWN_LAG_DAYS * one, min(begun, date)) for date in dates],
        "current_from": [date - (CURRENT_DAYS - 1) * one for date in dates],
    }
    with registered(connection, habit_spans=pl.DataFrame(spans, schema=dict.fromkeys(spans, pl.Date))):
        return queries.frame(connection, "detection", "habits.sql")


def habit_is_known_from(first_date: dt.date) -> dt.date:
    """Return from which date on the own habit is older than the last four weeks."""
    return first_date + dt.timedelta(days=FIRST_DAYS + OWN_LAG_DAYS)


def expected_shares(known: pl.DataFrame, wanted: pl.DataFrame) -> pl.DataFrame:
    """Add to ``wanted`` the shares that habit gives: ``peer_share, share, unknown_task``.

    ``wanted`` has ``business_date, user_id, department, role, view, label``, ``known`` is as :func:`habits` returns it.
    ``peer_share`` is what the peers do, ``share`` what the account may be expected to do (peers and own past alike),
    ``unknown_task`` how much of that is guessed.
    """
    recent, current = pl.col("recent"), pl.col("current")
    of_view = ["business_date", "view"]
    of_label = [*of_view, "label"]
    own = known.group_by("user_id", *of_label).agg(
        own=recent.sum(), past=pl.col("past").sum(), own_current=current.sum()
    )
    own_totals = known.group_by("user_id", *of_view).agg(
        own_total=recent.sum(), past_total=pl.col("past").sum(), own_current_total=current.sum()
    )
    frame = wanted.join(own, on=["user_id", *of_label], how="left").join(
        own_totals, on=["user_id", *of_view], how="left"
    )
    groups: tuple[tuple[str, list[str], pl.Expr], ...] = (
        ("peers", ["department", "role"], recent),
        ("unit", ["department"], recent),
        ("same_role", ["role"], recent),
        ("current", ["department", "role"], current),
        ("every", [], recent),
    )
    for name, keys, counted in groups:
        frame = frame.join(
            known.group_by(*keys, *of_label).agg(counted.sum().alias(name)), on=[*keys, *of_label], how="left"
        ).join(
            known.group_by(*keys, *of_view).agg(counted.sum().alias(f"{name}_total")), on=[*keys, *of_view], how="left"
        )
    for name, counted in (("loudest", recent), ("loudest_current", current)):
        frame = frame.join(two_loudest(known, counted, name), on=["department", "role", *of_label], how="left")
    return _shares(frame.with_columns(pl.col(pl.Int64, pl.UInt32, pl.Float64).fill_null(0)))


def two_loudest(known: pl.DataFrame, counted: pl.Expr, name: str) -> pl.DataFrame:
    """Return per group and label who shows it most, how often, and how often the next one does."""
    return known.group_by("business_date", "department", "role", "view", "label").agg(
        pl.col("user_id").get(counted.arg_max()).alias(f"{name}_user"),
        counted.max().alias(name),
        pl.when(pl.len() > 1).then(counted.top_k(2).min()).alias(f"{name}_next"),
    )


def others_loudest(name: str) -> pl.Expr:
    """Return how often the loudest of the others shows the label."""
    own = pl.col(f"{name}_user") == pl.col("user_id")
    return pl.when(own).then(pl.col(f"{name}_next")).otherwise(pl.col(name))


def _shares(frame: pl.DataFrame) -> pl.DataFrame:
    """Compute the shares from the joined counts, from the general to the particular."""
    own, own_total = pl.col("own"), pl.col("own_total")
    return (
        frame.with_columns(every_share=(pl.col("every") - own + 0.5) / (pl.col("every_total") - own_total + 100))
        .with_columns(
            unit_share=shrunk(pl.col("unit") - own, pl.col("unit_total") - own_total, pl.col("every_share")),
            role_share=shrunk(pl.col("same_role") - own, pl.col("same_role_total") - own_total, pl.col("every_share")),
        )
        .with_columns(
            peer_share=shrunk(
                (pl.col("peers") - own - others_loudest("loudest")).clip(0),
                (pl.col("peers_total") - own_total).clip(0),
                (pl.col("unit_share") + pl.col("role_share")) / 2,
            )
        )
        .with_columns(
            peer_share=pl.max_horizontal(
                "peer_share",
                shrunk(
                    (pl.col("current") - pl.col("own_current") - others_loudest("loudest_current")).clip(0),
                    (pl.col("current_total") - pl.col("own_current_total")).clip(0),
                    pl.col("peer_share"),
                ),
            )
        )
        .with_columns(
            own_share=shrunk(
                pl.col("past"),
                pl.col("past_total"),
                pl.col("peer_share"),
                (pl.col("peers_total") - own_total).clip(0),
            )
        )
        .with_columns(
            share=pl.max_horizontal((pl.col("peer_share") + pl.col("own_share")) / 2, pl.lit(FLOOR)),
            unknown_task=unknown_task(),
        )
    )


def unknown_task() -> pl.Expr:
    """Return how little is known of what an account's task takes, from 0 to 1.

    Nobody else of its role, in whatever department, and no past of its own: then its share is what everybody does, and
    the one engineer of a small hospital opens what nobody else does.
    """
    known = (pl.col("same_role_total") - pl.col("own_total")).clip(0) + pl.col("past_total")
    return ALONE_ACCESSES / (ALONE_ACCESSES + known)


def score(
    accesses: pl.DataFrame, habit: pl.DataFrame, seen: pl.DataFrame, first_date: dt.date | None = None
) -> pl.DataFrame:
    """Score the labelled accesses of people on one date: :func:`with_shares`, then :func:`with_evidence`."""
    return with_evidence(with_shares(accesses, habit, first_date), seen)


def with_shares(accesses: pl.DataFrame, habit: pl.DataFrame, first_date: dt.date | None = None) -> pl.DataFrame:
    """Add to the labelled accesses of people how usual they are by ``habit`` (see :func:`habits`): ``share_<view>``.

    ``unknown_task`` comes with them.

    While the own habit comes from the last four weeks of a log that begins on ``first_date``, for want of anything
    older, the account's own days do not explain what is collected out of hours.
    """
    keys = ["business_date", "user_id", "department", "role"]
    wanted = pl.concat(
        accesses.select(*keys, view=pl.lit(view.id), label=f"label_{view.id}").unique() for view in VIEWS
    )
    expected = expected_shares(habit, wanted)
    for view in VIEWS:
        names = {"label": f"label_{view.id}", "share": f"share_{view.id}"}
        known = ["share", "peer_share", *(["unknown_task"] if view is VIEWS[0] else [])]  # the same in all views
        shares = expected.filter(pl.col("view") == view.id).select(*keys, "label", *known).rename(names)
        accesses = accesses.join(shares, on=[*keys, f"label_{view.id}"], how="left")
        if first_date is not None:
            is_short = pl.col("business_date") < habit_is_known_from(first_date)
            of_peers = pl.col("peer_share").clip(lower_bound=FLOOR)
            accesses = accesses.with_columns(
                pl.when(is_short & collected_out_of_hours())
                .then(pl.min_horizontal(f"share_{view.id}", of_peers))
                .otherwise(pl.col(f"share_{view.id}"))
                .alias(f"share_{view.id}")
            )
        accesses = accesses.drop("peer_share")
    in_kind = pl.col("relation").replace_strict(
        {one.name: len(of_kind(one.kind)) for one in RELATIONS if one.without_care}, default=1
    )
    return accesses.with_columns(share_relation=pl.max_horizontal("share_relation", pl.col("share_kind") / in_kind))


def with_evidence(accesses: pl.DataFrame, seen: pl.DataFrame) -> pl.DataFrame:
    """Weigh the accesses of one date, which have shares: a column per component, in millionths of a nat.

    ``seen`` (``user_id, patient_id``) are the pairs that have raised suspicion within ``REPEAT_DAYS``: coming back to
    the same record is not a new patient, and adds a part only.
    """
    return (
        accesses.join(seen.with_columns(repeated=pl.lit(value=True)), on=["user_id", "patient_id"], how="left")
        .with_columns(discount=discount())  # a column: each component would work it out again
        .with_columns(
            component_evidence(hypothesis.view, component).alias(component.name)
            for hypothesis in HYPOTHESES
            for component in hypothesis.components
        )
        .drop("discount")
    )


def with_unit_hours(accesses: pl.DataFrame, hours: pl.DataFrame) -> pl.DataFrame:
    """Add ``unit_rests``: whether the access began outside the ``hours`` in which its account's colleagues worked.

    ``hours`` are ``department, user_id, first_hour, last_hour``: see ``sql/detection/unit_hours.sql``.
    """
    began = pl.col("first_at").dt.hour()
    return (
        accesses.join(hours, on=["department", "user_id"], how="left")
        .with_columns(
            unit_rests=((began < pl.col("first_hour")) | (began > pl.col("last_hour"))).fill_null(value=False)
        )
        .drop("first_hour", "last_hour")
    )


def collected_out_of_hours() -> pl.Expr:
    """Return whether a contact page without care was opened at night, off the roster or while the unit rests."""
    out_of_hours = pl.col("at_night") | pl.col("off_roster").fill_null(value=False) | pl.col("unit_rests")
    return _without_care() & (pl.col("access_type") == "contact") & out_of_hours


def likelihood_ratio(label: pl.Expr, habit: pl.Expr, weights: Mapping[str, float], share: float) -> pl.Expr:
    """Return the log likelihood ratio (nats) of the mixture against the habit's share of the label."""
    weight = label.replace_strict(list(weights), list(weights.values()), default=0.0, return_dtype=pl.Float64)
    return (1 - share + share * weight / habit).log()


def weight_of_evidence(view: str, weights: Mapping[str, float], share: float) -> pl.Expr:
    """Return the evidence of an access in millionths of a nat; its ``discount`` leaves a part of what speaks for it."""
    nats = likelihood_ratio(pl.col(f"label_{view}"), pl.col(f"share_{view}"), weights, share)
    if view == "object":  # whose record it is says nothing where such an access is everyday work
        nats = pl.when(pl.col("share_relation") >= HABIT_SHARE).then(nats.clip(upper_bound=0.0)).otherwise(nats)
    return (pl.when(nats > 0).then(nats * pl.col("discount")).otherwise(nats) * MICRO).round().cast(pl.Int64)


def component_evidence(view: str, component: Component) -> pl.Expr:
    """Return the evidence of an access for a component; one that concerns the time off duty sees nothing else.

    Which accesses count is chosen by their time, not by what they are, so the sum stays a log likelihood ratio.
    """
    evidence = weight_of_evidence(view, component.weights, component.share)
    if not component.off_duty:
        return evidence
    return pl.when(pl.col("off_roster").fill_null(value=False)).then(evidence).otherwise(0)


def discount() -> pl.Expr:
    """Return which part of the evidence of an access counts: of one that an approval covers, a repeated one, and so on.

    Reads ``approved_patterns, access_type, repeated, unknown_task, new_account`` and what :func:`leaves_notes` reads.
    """
    return (
        pl.when(approval_covers()).then(APPROVED_FACTOR).otherwise(1.0)
        * pl.when(pl.col("repeated").fill_null(value=False)).then(REPEATED_FACTOR).otherwise(1.0)
        * (1 - (1 - ALONE_FACTOR) * pl.col("unknown_task"))
        * pl.when(leaves_notes()).then(NOTED_FACTOR).otherwise(1.0)
        * pl.when(pl.col("new_account") & (pl.col("access_type") == "read")).then(NEW_FACTOR).otherwise(1.0)
    )


def leaves_notes() -> pl.Expr:
    """Tell whether the account wrote in a quarter or more of the unrelated records that it opened on the day.

    A campaign of calls leaves notes, and looks like this; so may cover traffic, which is why it clears nothing.
    """
    noted = (_without_care() & pl.col("wrote")).sum().over("user_id")
    opened = _without_care().sum().over("user_id")
    return (noted >= NOTED_PATIENTS) & (noted >= NOTED_SHARE * opened)


def approval_covers() -> pl.Expr:
    """Return whether an approval in force covers the access's type; one that names no pattern covers all of them."""
    approved = pl.col("approved_patterns").str.split("|")
    covered = pl.col("approved_patterns") == ""
    for pattern in patterns().values():
        if pattern.approval_covers:
            covered |= approved.list.contains(pattern.id) & pl.col("access_type").is_in(pattern.approval_covers)
    return covered.fill_null(value=False)


def bits(share: pl.Expr) -> pl.Expr:
    """Return the surprisal of a share in bits."""
    return -share.log() / math.log(2)
