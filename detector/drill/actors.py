"""Which accounts suit an episode, from what the log and the staff table hold about them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Final

import polars as pl

from detector.drill.site_profile import SiteProfile

ActorSelector = Callable[[SiteProfile], pl.DataFrame]
"""Returns the accounts that suit, as rows of ``SiteProfile.accounts``."""

TREATED_SHARE: Final = 0.4
"""Share of a unit's patients from which the unit counts as treating such patients."""
TREATED_PATIENTS: Final = 10
"""Fewest such patients of a unit that treats them."""
BUSY_PATIENTS: Final = 15
"""Patients in the weeks looked at from which an account counts as working with patients."""
DORMANT_DAYS: Final = 90
"""Days without any event from which an account counts as dormant."""
NURSES: Final = "(?i)nurse|midwi|护|助产"
"""Roles of those who nurse, as a regular expression."""
UNLISTED: Final = "ls"
"""What is put behind an existing account's id to make one that is on no list."""


def staff(site: SiteProfile) -> pl.DataFrame:
    """Return people who are employed throughout and work with patients."""
    return site.accounts.filter(
        (pl.col("account_type") == "human")
        & ~pl.col("has_left")
        & ~pl.col("leaves_soon")
        & (pl.col("patients") >= BUSY_PATIENTS)
    )


def staff_treating(market: str) -> ActorSelector:
    """Return a selector of staff whose unit treats such patients (``market``: a column of ``SiteProfile.patients``)."""

    def select(site: SiteProfile) -> pl.DataFrame:
        in_market = site.patients.select("patient_id", in_market=pl.col(market))
        units = (
            site.unit_patients.join(in_market, on="patient_id")
            .group_by("department")
            .agg(share=pl.col("in_market").mean(), count=pl.col("in_market").sum())
            .filter((pl.col("share") >= TREATED_SHARE) & (pl.col("count") >= TREATED_PATIENTS))
        )
        return staff(site).filter(pl.col("department").is_in(units["department"].to_list()))

    return select


def staff_not_treating(market: str) -> ActorSelector:
    """Return a selector of staff whose unit does not treat such patients."""
    treating = staff_treating(market)

    def select(site: SiteProfile) -> pl.DataFrame:
        return staff(site).join(treating(site).select("user_id"), on="user_id", how="anti")

    return select


def staff_using_lists(site: SiteProfile) -> pl.DataFrame:
    """Return staff who use lists or exports."""
    return staff(site).filter(pl.col("lists") > 0)


def staff_with_a_record(site: SiteProfile) -> pl.DataFrame:
    """Return staff whose own record number the staff table has."""
    return staff(site).filter(pl.col("own_patient_id").is_not_null())


def leavers(site: SiteProfile) -> pl.DataFrame:
    """Return accounts of people who left, and accounts without any event for ``DORMANT_DAYS``."""
    dormant_since = site.first - dt.timedelta(days=DORMANT_DAYS)
    unused = ~pl.col("user_id").is_in(site.days["user_id"].unique().to_list())
    return site.accounts.filter(
        (pl.col("account_type") == "human")
        & unused
        & (pl.col("has_left") | (pl.col("seen_before") < dormant_since).fill_null(value=False))
    )


def limited_accounts(site: SiteProfile) -> pl.DataFrame:
    """Return accounts of services, vendors and kiosks that were approved for some categories only."""
    return site.accounts.filter(
        (pl.col("account_type") != "human")
        & (pl.col("days") > 0)
        & (pl.col("allowed_categories").fill_null("").str.strip_chars(" |") != "")
    )


def nurses_of_wards(market: str) -> ActorSelector:
    """Return a selector of nurses of wards where such patients lie; of all staff there where no role says nurse."""
    treating = staff_treating(market)

    def select(site: SiteProfile) -> pl.DataFrame:
        wards = site.stays.group_by("department").len().filter(pl.col("len") >= TREATED_PATIENTS)
        there = treating(site).join(wards.select("department"), on="department", how="semi")
        nurses = there.filter(pl.col("role").str.contains(NURSES))
        return there if nurses.is_empty() else nurses

    return select


def machines(kind: str) -> ActorSelector:
    """Return a selector of accounts of a kind (``service``, ``kiosk``) that read patients' records."""

    def select(site: SiteProfile) -> pl.DataFrame:
        return site.accounts.filter(
            (pl.col("account_type") == kind) & ~pl.col("has_left") & (pl.col("patients") >= BUSY_PATIENTS)
        )

    return select


def unlisted(site: SiteProfile) -> pl.DataFrame:
    """Return accounts that do not exist, each of the unit and role of somebody who works there."""
    made = staff(site).with_columns(
        user_id=pl.col("user_id") + UNLISTED,
        name=pl.lit(None, dtype=pl.String),
        own_patient_id=pl.lit(None, dtype=pl.String),
        patients=pl.lit(0, dtype=pl.Int64),
        days=pl.lit(0, dtype=pl.Int64),
        lists=pl.lit(0, dtype=pl.Int64),
    )
    return made.join(site.accounts.select("user_id"), on="user_id", how="anti")
