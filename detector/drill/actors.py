"""Which accounts suit an episode, from what the log and the staff table say of them."""

from __future__ import annotations

import datetime as dt
from typing import Final

import polars as pl

from detector.drill.planter import Who
from detector.drill.site_profile import Ground

SEEING_SHARE: Final = 0.4
"""Share of a unit's patients from which the unit is said to see such patients."""
SEEING_PATIENTS: Final = 10
BUSY_PATIENTS: Final = 15
"""Patients in the weeks looked at from which an account is one that works with patients."""
DORMANT_DAYS: Final = 90


def people(ground: Ground) -> pl.DataFrame:
    """Return people who are here and work with patients."""
    return ground.accounts.filter(
        (pl.col("account_type") == "human")
        & ~pl.col("has_left")
        & ~pl.col("leaves_soon")
        & (pl.col("patients") >= BUSY_PATIENTS)
    )


def people_seeing(market: str) -> Who:
    """Return who chooses people of units that see such patients; ``market`` is a column of ``Ground.patients``."""

    def who(ground: Ground) -> pl.DataFrame:
        wanted = ground.patients.select("patient_id", seen=pl.col(market))
        units = (
            ground.unit_patients.join(wanted, on="patient_id")
            .group_by("department")
            .agg(share=pl.col("seen").mean(), count=pl.col("seen").sum())
            .filter((pl.col("share") >= SEEING_SHARE) & (pl.col("count") >= SEEING_PATIENTS))
        )
        return people(ground).filter(pl.col("department").is_in(units["department"].to_list()))

    return who


def people_not_seeing(market: str) -> Who:
    """Return who chooses people of units to which such patients do not belong."""
    seeing = people_seeing(market)

    def who(ground: Ground) -> pl.DataFrame:
        return people(ground).join(seeing(ground).select("user_id"), on="user_id", how="anti")

    return who


def people_with_lists(ground: Ground) -> pl.DataFrame:
    """Return people who use lists or exports."""
    return people(ground).filter(pl.col("lists") > 0)


def people_with_a_record(ground: Ground) -> pl.DataFrame:
    """Return people whose own record number the staff table has."""
    return people(ground).filter(pl.col("own_patient_id").is_not_null())


def leavers(ground: Ground) -> pl.DataFrame:
    """Return people who left, and accounts that nobody has used for three months."""
    rested = ground.first - dt.timedelta(days=DORMANT_DAYS)
    quiet = ~pl.col("user_id").is_in(ground.days["user_id"].unique().to_list())
    return ground.accounts.filter(
        (pl.col("account_type") == "human")
        & quiet
        & (pl.col("has_left") | (pl.col("seen_before") < rested).fill_null(value=False))
    )


def limited_accounts(ground: Ground) -> pl.DataFrame:
    """Return accounts of services, vendors and kiosks that were approved for some categories only."""
    return ground.accounts.filter(
        (pl.col("account_type") != "human")
        & (pl.col("days") > 0)
        & (pl.col("allowed_categories").fill_null("").str.strip_chars(" |") != "")
    )
