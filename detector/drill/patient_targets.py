"""Whose records an episode is after: patients of the site's own log and tables.

Those of the account's own work are left out later, unless the planter is after what its actor sees anyway.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Final

import polars as pl

from detector.drill.site_profile import SiteAccount, SiteProfile

TargetSelector = Callable[[SiteProfile, SiteAccount, dt.date], pl.Series]
"""Returns the ``patient_id`` of the patients whom this account may be after on a date."""

BEFORE_DAYS: Final = 45
"""How long before her first contact with the unit a woman's address is worth money: she has booked a bed, or comes
to antenatal care."""
AFTER_DAYS: Final = 42
"""How long after her last contact with the unit."""
NEWBORN_DAYS: Final = 30
"""How long after a newborn's last contact with the unit its parents' address is worth money."""
JUST_LEFT_DAYS: Final = 3
"""How long ago somebody went home whose contact page is among those of the last days."""
RECENT_DAYS: Final = 60
"""How recent a contact with the hospital is for ``recent_patients``."""


def _days(count: int) -> dt.timedelta:
    return dt.timedelta(days=count)


def _registered(site: SiteProfile, date: dt.date) -> pl.DataFrame:
    """Return the patients who occur in the hospital's log by a date."""
    return site.patients.filter(pl.col("first_on") <= date)


def _of_unit(site: SiteProfile, account: SiteAccount, date: dt.date, *, before: int, after: int) -> pl.DataFrame:
    """Return patients from ``before`` days before their first contact with the unit to ``after`` after the last."""
    return site.unit_patients.filter(
        (pl.col("department") == account.department)
        & (pl.col("first_on") <= date + _days(before))
        & (pl.col("last_on") >= date - _days(after))
    ).select("patient_id")


def unit_patients(market: str, before: int = BEFORE_DAYS, after: int = AFTER_DAYS) -> TargetSelector:
    """Return a selector of the market's patients who are in the account's unit, soon will be, or lately were."""

    def select(site: SiteProfile, account: SiteAccount, date: dt.date) -> pl.Series:
        market_patients = _registered(site, date).filter(pl.col(market) & ~pl.col("decoy"))
        in_unit = _of_unit(site, account, date, before=before, after=after)
        return market_patients.join(in_unit, on="patient_id")["patient_id"]

    return select


def recent_patients(site: SiteProfile, account: SiteAccount, date: dt.date) -> pl.Series:  # noqa: ARG001 - anybody's
    """Return patients whom anybody met in the last ``RECENT_DAYS``."""
    recent = _registered(site, date).filter((pl.col("last_on") >= date - _days(RECENT_DAYS)) & ~pl.col("decoy"))
    return recent["patient_id"]


def in_ward_now(market: str) -> TargetSelector:
    """Return a selector of the market's patients who lie in the account's unit."""

    def select(site: SiteProfile, account: SiteAccount, date: dt.date) -> pl.Series:
        there = (pl.col("first_on") <= date) & (pl.col("last_on").is_null() | (pl.col("last_on") >= date))
        return _lying(site, account, date, market, there)

    return select


def just_left_ward(market: str) -> TargetSelector:
    """Return a selector of the market's patients who left the account's unit one to ``JUST_LEFT_DAYS`` days ago."""

    def select(site: SiteProfile, account: SiteAccount, date: dt.date) -> pl.Series:
        left = pl.col("last_on").is_between(date - _days(JUST_LEFT_DAYS), date - _days(1))
        return _lying(site, account, date, market, left)

    return select


def _lying(site: SiteProfile, account: SiteAccount, date: dt.date, market: str, when: pl.Expr) -> pl.Series:
    """Return the market's patients who have a stay in the account's unit for which ``when`` holds."""
    stays = site.stays.filter((pl.col("department") == account.department) & when)
    market_patients = _registered(site, date).filter(pl.col(market) & ~pl.col("decoy"))
    return market_patients.join(stays, on="patient_id", how="semi")["patient_id"]


def anybody(site: SiteProfile, account: SiteAccount, date: dt.date) -> pl.Series:  # noqa: ARG001 - anybody's
    """Return patients of the whole archive: those of the log by the date, and those whom only the table has."""
    by_then = (pl.col("first_on") <= date) | pl.col("first_on").is_null()
    return site.patients.filter(by_then & ~pl.col("decoy"))["patient_id"]


def strangers(market: str | None = None) -> TargetSelector:
    """Return a selector of patients without any contact with the account's unit, of one market or any."""

    def select(site: SiteProfile, account: SiteAccount, date: dt.date) -> pl.Series:
        candidates = _registered(site, date).filter(~pl.col("decoy") & ~pl.col("vip"))
        if market is not None:
            candidates = candidates.filter(pl.col(market))
        met = site.unit_patients.filter(pl.col("department") == account.department).select("patient_id")
        return candidates.join(met, on="patient_id", how="anti")["patient_id"]

    return select


def public_persons(site: SiteProfile, account: SiteAccount, date: dt.date) -> pl.Series:  # noqa: ARG001 - anybody's
    """Return persons of public interest."""
    return site.patients.filter("vip")["patient_id"]


def colleagues_and_family(
    site: SiteProfile, account: SiteAccount, date: dt.date  # noqa: ARG001 - at any time
) -> pl.Series:  # fmt: skip
    """Return the records of the department's staff, and of people who live with the account's holder."""
    holder = site.patients.filter(pl.col("patient_id") == account.own_patient_id)
    households = holder["household_id"].drop_nulls().to_list()
    near = (pl.col("employed_in") == account.department) | pl.col("household_id").is_in(households)
    return site.patients.filter(near.fill_null(value=False) & (pl.col("patient_id") != (account.own_patient_id or "")))[
        "patient_id"
    ]


def own_record(site: SiteProfile, account: SiteAccount, date: dt.date) -> pl.Series:  # noqa: ARG001 - at any time
    """Return the record of the account's holder."""
    return pl.Series("patient_id", [account.own_patient_id], dtype=pl.String).drop_nulls()


def decoys(site: SiteProfile, account: SiteAccount, date: dt.date) -> pl.Series:  # noqa: ARG001 - at any time
    """Return the decoy records."""
    return site.patients.filter("decoy")["patient_id"]


def by_number(site: SiteProfile, account: SiteAccount, date: dt.date) -> pl.Series:  # noqa: ARG001 - anybody's
    """Return all patients of the log whose numbers have the usual length, in the order of their numbers."""
    registered = _registered(site, date).filter(~pl.col("decoy"))
    length = registered["patient_id"].str.len_chars().mode().min()
    return registered.filter(pl.col("patient_id").str.len_chars() == length)["patient_id"].sort()
