"""Whose records an episode is after: patients of the site's own log and tables, never those of the account's work."""

from __future__ import annotations

import datetime as dt
from typing import Final

import polars as pl

from detector.drill.planter import Whom
from detector.drill.site_profile import Account, Ground

BEFORE_DAYS: Final = 45
"""How long before the unit first meets her a woman is worth her address: she has booked, or is in antenatal care."""
AFTER_DAYS: Final = 42
"""How long after the unit last met her."""
NEWBORN_DAYS: Final = 30
RECENT_DAYS: Final = 60


def _days(count: int) -> dt.timedelta:
    return dt.timedelta(days=count)


def _known(ground: Ground, date: dt.date) -> pl.DataFrame:
    """Return the patients that the hospital's log has met by a date."""
    return ground.patients.filter(pl.col("first_on") <= date)


def _of_unit(ground: Ground, account: Account, date: dt.date, *, before: int, after: int) -> pl.DataFrame:
    """Return the unit's patients from ``before`` days before it first meets them to ``after`` days after the last."""
    return ground.unit_patients.filter(
        (pl.col("department") == account.department)
        & (pl.col("first_on") <= date + _days(before))
        & (pl.col("last_on") >= date - _days(after))
    ).select("patient_id")


def unit_patients(market: str, before: int = BEFORE_DAYS, after: int = AFTER_DAYS) -> Whom:
    """Return patients of a market on, coming to or gone from the account's unit, beyond those it works with."""

    def whom(ground: Ground, account: Account, date: dt.date) -> pl.Series:
        wanted = _known(ground, date).filter(pl.col(market) & ~pl.col("decoy"))
        return wanted.join(_of_unit(ground, account, date, before=before, after=after), on="patient_id")["patient_id"]

    return whom


def recent_patients(ground: Ground, account: Account, date: dt.date) -> pl.Series:  # noqa: ARG001 - anybody's
    """Return patients that anybody met in the last weeks."""
    recent = _known(ground, date).filter((pl.col("last_on") >= date - _days(RECENT_DAYS)) & ~pl.col("decoy"))
    return recent["patient_id"]


def strangers(market: str | None = None) -> Whom:
    """Return patients whom the account's unit never meets, of one market or any."""

    def whom(ground: Ground, account: Account, date: dt.date) -> pl.Series:
        wanted = _known(ground, date).filter(~pl.col("decoy") & ~pl.col("vip"))
        if market is not None:
            wanted = wanted.filter(pl.col(market))
        met = ground.unit_patients.filter(pl.col("department") == account.department).select("patient_id")
        return wanted.join(met, on="patient_id", how="anti")["patient_id"]

    return whom


def public_persons(ground: Ground, account: Account, date: dt.date) -> pl.Series:  # noqa: ARG001 - anybody's
    """Return persons of public interest."""
    return ground.patients.filter("vip")["patient_id"]


def colleagues_and_family(ground: Ground, account: Account, date: dt.date) -> pl.Series:  # noqa: ARG001 - at any time
    """Return colleagues of the department, and who lives with the account's holder."""
    own = ground.patients.filter(pl.col("patient_id") == account.own_patient_id)["household_id"].drop_nulls().to_list()
    near = (pl.col("employed_in") == account.department) | pl.col("household_id").is_in(own)
    return ground.patients.filter(
        near.fill_null(value=False) & (pl.col("patient_id") != (account.own_patient_id or ""))
    )["patient_id"]


def own_record(ground: Ground, account: Account, date: dt.date) -> pl.Series:  # noqa: ARG001 - at any time
    """Return the record of the account's holder."""
    return pl.Series("patient_id", [account.own_patient_id], dtype=pl.String).drop_nulls()


def decoys(ground: Ground, account: Account, date: dt.date) -> pl.Series:  # noqa: ARG001 - at any time
    """Return the planted records."""
    return ground.patients.filter("decoy")["patient_id"]


def by_number(ground: Ground, account: Account, date: dt.date) -> pl.Series:  # noqa: ARG001 - anybody's
    """Return all patients that the hospital has met, in the order of their numbers."""
    known = _known(ground, date).filter(~pl.col("decoy"))
    length = known["patient_id"].str.len_chars().mode().min()
    return known.filter(pl.col("patient_id").str.len_chars() == length)["patient_id"].sort()
