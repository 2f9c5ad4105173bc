"""The trace of one list: one row an account, best first."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import polars as pl

from detector.tracing.attribution import Blame, apportion
from detector.tracing.controls import opening_chances, tail_probabilities
from detector.tracing.exposure import History, Sightings
from detector.tracing.likelihood import account_likelihoods
from detector.tracing.target_population import segment_weights

KEYS: Final = (
    "user_id", "rank", "leaked_patients_accessed", "leaked_patients_total", "expected", "lift", "p_value", "posterior",
    "unexplained_accesses", "first_access", "last_access", "indistinguishable_from", "complaints_needed",
    "shared_with", "user_name", "department", "role", "account_type",
)  # fmt: skip
"""Keys of a row, the stable ones first; see :func:`trace_complaints`."""


@dataclass(frozen=True, slots=True)
class Trace:
    """The result.

    `rows` as in :func:`trace_complaints`; `none` is the probability that none of the accounts is the source;
    `complaints` the ``patient_id, known_on`` that were traced, `unknown` the patient numbers that nobody knows,
    `undated` how many of the others came without a date, `early` how many became known before the first night on
    record.
    """

    rows: list[dict[str, Any]]
    none: float
    complaints: pl.DataFrame
    unknown: tuple[str, ...]
    undated: int
    early: int


def trace_complaints(history: History, patients: pl.DataFrame) -> Trace:
    """Rank every account by the probability that it is the source of ``patient_id, known_on``.

    `expected` is the number of leaked patients that the account was to be expected to have opened, given the matched
    controls of each; `lift` = accessed / expected; `p_value` the chance to have opened that many or more, times the
    number of accounts (Bonferroni), at most 1; `unexplained_accesses`, `first_access`, `last_access` are about the
    leaked patients up to the date each became known; `indistinguishable_from` names the accounts whose odds against
    this one are below 10 to 1; `complaints_needed` how many more complaints of this kind would settle it, if it is the
    source (0: it is settled; null: too little speaks for the account, or no number would).

    Raises UsageError as :meth:`detector.tracing.exposure.History.sightings` does.
    """
    sightings = history.sightings(patients)
    likelihood = account_likelihoods(sightings, segment_weights(sightings.departments, sightings.complaints))
    blame = apportion(sightings, likelihood)
    rows = _rows(sightings, blame)
    undated = patients.filter(pl.col("known_on").is_null() & ~pl.col("patient_id").is_in(sightings.unknown)).height
    none = max(0.0, 1.0 - float(blame.posterior.sum()))
    early = sightings.complaints.filter(pl.col("known_on") < history.dates[0]).height
    return Trace(rows, none, sightings.complaints, sightings.unknown, undated, early)


def _rows(sightings: Sightings, blame: Blame) -> list[dict[str, Any]]:
    opened = sightings.opened.sum(axis=1).astype(np.int64)
    chances = opening_chances(sightings)
    expected = chances.sum(axis=1)
    p_values = np.minimum(1.0, tail_probabilities(chances, opened) * len(opened))
    order = np.lexsort((np.arange(len(opened)), -expected, -opened, -blame.posterior))
    users = sightings.accounts["user_id"].to_list()
    known = sightings.accounts.with_columns(
        pl.col("first_access", "last_access").dt.truncate("1s").dt.strftime("%Y-%m-%d %H:%M:%S")
    ).to_dicts()
    return [
        {
            "user_id": users[one],
            "rank": rank,
            "leaked_patients_accessed": int(opened[one]),
            "leaked_patients_total": sightings.complaints.height,
            "expected": round(float(expected[one]), 2),
            "lift": round(float(opened[one] / expected[one]), 2),
            "p_value": float(f"{p_values[one]:.3g}"),
            "posterior": math.floor(float(blame.posterior[one]) * 1e6) / 1e6,  # cut, so that the sum stays below 1
            "unexplained_accesses": known[one]["unexplained_accesses"],
            "first_access": known[one]["first_access"],
            "last_access": known[one]["last_access"],
            "indistinguishable_from": [users[other] for other in blame.alike.get(one, [])],
            "complaints_needed": blame.needed.get(one),
            "shared_with": users[blame.shared_with[one]] if one in blame.shared_with else None,
            "user_name": known[one]["user_name"],
            "department": known[one]["department"],
            "role": known[one]["role"],
            "account_type": known[one]["account_type"],
        }
        for rank, one in enumerate(order.tolist(), start=1)
    ]
