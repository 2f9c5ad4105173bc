"""An account is not a person: evidence is the holder's of its date, and so is what a finding says of whom it is about.

Within a night's findings each holder of an account has a key in place of the account's id, see the view ``holders``:
the account itself for the first holder, so that where no account was given on nothing differs.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Self

import duckdb
import polars as pl

from detector.database.queries import frame
from detector.detection.present_holders import MARK


def account_of(holder: str) -> str:
    """Return the account that a holder has."""
    return holder.partition(MARK)[0]


@dataclass(frozen=True, slots=True)
class Holders:
    """Who held the accounts that were given on: ``spans`` has ``user_id, holder, number, since, until`` (exclusive)."""

    spans: pl.DataFrame

    @classmethod
    def read(cls, connection: duckdb.DuckDBPyConnection) -> Self:
        """Return them as the staff table tells."""
        return cls(frame(connection, "findings", "given_on_accounts.sql"))

    def by_holder(self, days: pl.DataFrame) -> pl.DataFrame:
        """Return rows of ``business_date, user_id …`` with the holder of the date in place of the account."""
        if self.spans.is_empty():
            return days
        found = (
            days.select("user_id", "business_date")
            .unique()
            .join(self.spans, on="user_id")
            .filter((pl.col("business_date") >= pl.col("since")) & (pl.col("business_date") < pl.col("until")))
            .select("user_id", "business_date", "holder")
        )
        return (
            days.join(found, on=["user_id", "business_date"], how="left", maintain_order="left")
            .with_columns(user_id=pl.coalesce("holder", "user_id"))
            .drop("holder")
        )

    def since(self, holder: str) -> dt.date | None:
        """Return since when a later holder has the account; None of a first one."""
        found = self.spans.filter((pl.col("holder") == holder) & (pl.col("number") > 1))["since"].to_list()
        return found[0] if found else None

    def until(self, holder: str) -> dt.date:
        """Return the date on which somebody else has the account."""
        found = self.spans.filter(pl.col("holder") == holder)["until"].to_list()
        return found[0] if found else dt.date.max
