"""The trace of one list: one row an account, best first."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import polars as pl

from detector.tracing.account_likelihood import account_likelihoods
from detector.tracing.attribution import Attribution, attribute
from detector.tracing.background import background
from detector.tracing.controls import opening_chances, tail_probabilities
from detector.tracing.exposure import AccessHistory, LeakExposure
from detector.tracing.target_population import population_weights

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
    `complaints` the ``patient_id, known_on`` that were traced, `unknown` the patient numbers that are not in the store,
    `undated` how many of the others came without a date, `early` how many became known before the first night on
    record.
    """

    rows: list[dict[str, Any]]
    none: float
    complaints: pl.DataFrame
    unknown: tuple[str, ...]
    undated: int
    early: int


def trace_complaints(history: AccessHistory, patients: pl.DataFrame) -> Trace:
    """Rank every account by the probability that it is the source of ``patient_id, known_on``.

    `expected` is how many of the leaked patients the account was expected to have opened, given the matched controls
    of each; `lift` = accessed / expected; `p_value` the chance to have opened that many or more, times the
    number of accounts (Bonferroni), at most 1; `unexplained_accesses`, `first_access`, `last_access` are about the
    leaked patients up to the date each became known; `indistinguishable_from` names the accounts whose odds against
    this one are below 10 to 1; `complaints_needed` how many more complaints of this kind would settle it, if it is the
    source (0: it is settled; null: too little speaks for the account, or no number would).

    Raises UsageError as :meth:`detector.tracing.exposure.AccessHistory.exposure` does.
    """
    exposure = history.exposure(patients)
    weights = population_weights(exposure.departments, exposure.complaints)
    likelihood = account_likelihoods(exposure, weights, background(exposure, weights))
    attribution = attribute(exposure, likelihood)
    rows = _rows(exposure, attribution)
    undated = patients.filter(pl.col("known_on").is_null() & ~pl.col("patient_id").is_in(exposure.unknown)).height
    none = max(0.0, 1.0 - float(attribution.posterior.sum()))
    early = exposure.complaints.filter(pl.col("known_on") < history.dates[0]).height
    return Trace(rows, none, exposure.complaints, exposure.unknown, undated, early)


def _rows(exposure: LeakExposure, attribution: Attribution) -> list[dict[str, Any]]:
    opened = exposure.opened.sum(axis=1).astype(np.int64)
    chances = opening_chances(exposure)
    expected = chances.sum(axis=1)
    p_values = np.minimum(1.0, tail_probabilities(chances, opened) * len(opened))
    order = np.lexsort((np.arange(len(opened)), -expected, -opened, -attribution.posterior))
    posterior = [
        math.floor(share * 1e6) / 1e6 for share in attribution.posterior.tolist()
    ]  # cut: the sum stays below 1
    users = exposure.accounts["user_id"].to_list()
    details = exposure.accounts.with_columns(
        pl.col("first_access", "last_access").dt.truncate("1s").dt.strftime("%Y-%m-%d %H:%M:%S")
    ).to_dicts()
    return [
        {
            "user_id": users[account],
            "rank": rank,
            "leaked_patients_accessed": int(opened[account]),
            "leaked_patients_total": exposure.complaints.height,
            "expected": round(float(expected[account]), 2),
            "lift": round(float(opened[account] / expected[account]), 2),
            "p_value": float(f"{p_values[account]:.3g}"),
            "posterior": posterior[account],
            "unexplained_accesses": details[account]["unexplained_accesses"],
            "first_access": details[account]["first_access"],
            "last_access": details[account]["last_access"],
            "indistinguishable_from": [users[other] for other in attribution.indistinguishable.get(account, [])],
            "complaints_needed": attribution.complaints_needed.get(account),
            "shared_with": users[attribution.shared_with[account]] if account in attribution.shared_with else None,
            "user_name": details[account]["user_name"],
            "department": details[account]["department"],
            "role": details[account]["role"],
            "account_type": details[account]["account_type"],
        }
        for rank, account in enumerate(order.tolist(), start=1)
    ]
