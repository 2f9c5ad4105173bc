"""What a feature is: one number per account and day that a reason can name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import polars as pl

from detector.texts.language import Language


@dataclass(frozen=True, slots=True)
class Feature:
    """One number per account and business date, over the rows of ``facts`` (one per patient) of that day.

    ``applies`` tells for which patients of the day it counts; ``amount`` is what it adds for each (default: 1, so that
    the feature is a number of patients). ``unit`` says what is counted. All features point upwards: more is less
    explicable. ``text`` names it in plain words, to follow "in the period of this finding".
    """

    id: str
    family: str
    unit: Literal["patients", "accesses", "records", "departments"]
    text: Mapping[Language, str]
    applies: pl.Expr
    amount: pl.Expr | None = None
    direction: Literal["up"] = "up"

    def per_day(self) -> pl.Expr:
        """Return the aggregation over an account's day."""
        value = pl.lit(1) if self.amount is None else self.amount
        return pl.when(self.applies.fill_null(value=False)).then(value).otherwise(0).sum().cast(pl.Int64).alias(self.id)


def without_care() -> pl.Expr:
    """Return the condition that no relation accounts for the access."""
    return pl.col("without_care")
