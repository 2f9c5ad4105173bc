"""The features that reasons name and models see, each declared once in the module of its family."""

from __future__ import annotations

from typing import Final

import polars as pl

from detector.detection.features import breadth, contact, manner, market, place, timing
from detector.detection.features.feature import Feature

FEATURES: Final[tuple[Feature, ...]] = (
    *breadth.FEATURES, *contact.FEATURES, *manner.FEATURES, *timing.FEATURES, *place.FEATURES, *market.FEATURES,
)  # fmt: skip
"""Every feature, in the order of its family's module."""

BY_ID: Final[dict[str, Feature]] = {feature.id: feature for feature in FEATURES}
BROAD: Final = ("patients", "accesses", "exported_records")
"""Features that count work as such: shown as context, never a reason by themselves."""


def account_days(facts: pl.DataFrame) -> pl.DataFrame:
    """Fold ``facts`` into one row per account and date: the keys and one integer column per feature."""
    keys = ["business_date", "user_id", "department", "role", "account_type"]
    return facts.group_by(keys).agg(feature.per_day() for feature in FEATURES).sort("business_date", "user_id")


def telling_features() -> pl.Expr:
    """Return the list of features, broad ones left out, that an access counts for."""
    named = [
        pl.when(feature.applies.fill_null(value=False)).then(pl.lit(feature.id))
        for feature in FEATURES
        if feature.id not in BROAD
    ]
    return pl.concat_list(named).list.drop_nulls().alias("features")
