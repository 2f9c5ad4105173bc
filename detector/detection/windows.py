"""Features over windows of several days, built from daily aggregates: history is never read again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import polars as pl

WINDOWS: Final = (1, 7, 28, 90)
"""Lengths in days; a window ends with the day it is given for and includes it."""


def column(feature: str, window: int) -> str:
    """Return the name of a feature's column over a window."""
    return feature if window == 1 else f"{feature}_{window}d"


def windowed(days: pl.DataFrame, features: Sequence[str], windows: Sequence[int] = WINDOWS) -> pl.DataFrame:
    """Add to account-days the means per working day over longer windows: ``<feature>_<window>d``.

    ``days`` has ``user_id, business_date`` and one integer column per feature; a working day is a day with a row.
    """
    ordered = days.sort("user_id", "business_date").with_columns(working_days=pl.lit(1, dtype=pl.Int64))
    names = [*features, "working_days"]
    for window in windows:
        if window == 1:
            continue
        sums = ordered.select(
            pl.col(name).rolling_sum_by("business_date", f"{window}d").over("user_id").alias(name) for name in names
        )
        ordered = ordered.hstack([(sums[name] / sums["working_days"]).alias(column(name, window)) for name in features])
    return ordered.drop("working_days").sort("business_date", "user_id")
