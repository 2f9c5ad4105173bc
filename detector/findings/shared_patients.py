"""Which reasons count the same patients in other words: the weaker one is then a half-sentence of the stronger."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import polars as pl

from detector.findings.finding_data import FindingWindow

SAME_FROM: Final = 0.9
"""Share of a reason's patients from which a stronger reason has named them already."""
SHOWN: Final = ("business_date", "patient_id")


def within(window: FindingWindow, names: Sequence[str]) -> dict[str, tuple[str, int]]:
    """Return reason → the stronger reason that has its patients, and how many patients they share.

    ``names`` are reasons, the strongest first. A patient is shared who shows both on the same date. The stronger reason
    is one that is in no other itself. What a policy says is never part of another reason.
    """
    shown = patient_days(window)
    patients = pl.col("patient_id").n_unique()
    own = dict(shown.group_by("reason").agg(patients).iter_rows())
    pairs = shown.join(shown, on=SHOWN, suffix="_leader").group_by("reason", "reason_leader").agg(patients)
    shared = {(reason, leader): both for reason, leader, both in pairs.iter_rows()}
    found: dict[str, tuple[str, int]] = {}
    leading: list[str] = []
    for name in names:
        both = ((leader, shared.get((name, leader), 0)) for leader in leading)
        host = next((one for one in both if name in own and one[1] >= SAME_FROM * own[name]), None)
        if host is None or name.startswith("policy:"):
            leading.append(name)
        else:
            found[name] = host
    return found


def patient_days(window: FindingWindow) -> pl.DataFrame:
    """Return ``reason, business_date, patient_id``: what shows each reason; of a policy what it fired on."""
    by_feature = window.suspicions.explode("features").select(pl.col("features").alias("reason"), *SHOWN)
    by_policy = window.policies.explode("patient_ids").select(
        pl.format("policy:{}", "policy_id").alias("reason"),
        "business_date",
        pl.col("patient_ids").alias("patient_id"),
    )
    return pl.concat([by_feature, by_policy]).drop_nulls().unique()
