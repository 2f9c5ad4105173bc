"""What late rows add: the evidence and the fired policies of dates judged again, beside what they were before.

A date that late rows came for is judged as a whole, its earlier rows too. What had been evidence already must not
confirm a finding a second time, nor raise a new one where an officer has decided.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Final

import duckdb
import polars as pl

from detector.database import rows
from detector.detection.streams import COMPONENTS
from detector.findings.holders import Holders

KEYS: Final = ("business_date", "user_id")
KEPT: Final = {
    "earlier_evidence_days": "evidence_days",
    "earlier_policy_days": "policy_days",
    "earlier_suspicions": "suspicions",
}
"""Temporary table → the table whose rows of late dates it keeps for the night."""


def keep_earlier_evidence(connection: duckdb.DuckDBPyConnection, late: Sequence[dt.date]) -> None:
    """Keep what the ``late`` dates have of evidence and fired policies, before they are judged again."""
    for name, table in KEPT.items():
        connection.execute(
            f"create or replace temp table {name} as from {table}"
            " where business_date in (select unnest($late::date[]))",
            {"late": list(late)},
        )


def added_evidence(connection: duckdb.DuckDBPyConnection, days: pl.DataFrame, holders: Holders) -> pl.DataFrame:
    """Return rows of ``evidence_days`` without what they held before the night; what became less counts as nothing.

    Their users are the ``holders`` of the accounts.
    """
    earlier = holders.by_holder(rows.frame(connection, "from earlier_evidence_days order by business_date, user_id"))
    if earlier.is_empty():
        return days
    before = earlier.select(
        *KEYS, *(pl.col(name).alias(f"{name}_before") for name in COMPONENTS if name in earlier.columns)
    )
    joined = days.join(before, on=list(KEYS), how="left", maintain_order="left")
    return joined.select(
        *(name for name in days.columns if name not in COMPONENTS),
        *(
            (pl.col(name).fill_null(0) - pl.col(f"{name}_before").fill_null(0)).clip(lower_bound=0).alias(name)
            if f"{name}_before" in joined.columns
            else pl.col(name)
            for name in COMPONENTS
        ),
    )
