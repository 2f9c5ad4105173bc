"""The lists that an account exported or printed in a finding's window: how many records on which days, and the events.

A list names no patients: what is known of it is the day and how many records it returned.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import duckdb
import polars as pl

from detector.database.queries import frame


@dataclass(frozen=True, slots=True)
class ExportedLists:
    """The days of a window whose exports are evidence, in the order of dates, with their records."""

    days: Sequence[tuple[dt.date, int]]

    @classmethod
    def of(cls, account_days: pl.DataFrame, user: str, dates: Sequence[dt.date]) -> ExportedLists:
        """Return those of an account on ``dates``, out of its ``account_days``."""
        found = account_days.filter((pl.col("user_id") == user) & pl.col("business_date").is_in(dates)).sort(
            "business_date"
        )
        return cls(list(zip(found["business_date"], found["exported_records"], strict=True)))

    @property
    def records(self) -> int:
        """Records of all days."""
        return sum(records for _, records in self.days)

    def values(self) -> dict[str, Any]:
        """Return what the sentence about them names."""
        if not self.days:
            return {}
        largest_on, largest = max(self.days, key=lambda day: (day[1], day[0]))
        return {"records": self.records, "days": len(self.days), "largest": largest, "largest_on": str(largest_on)}

    def events(self, connection: duckdb.DuckDBPyConnection, user: str) -> pl.DataFrame:
        """Return their events, the largest first, in the columns of a finding's events."""
        dates = [date for date, _ in self.days]
        return frame(connection, "findings", "exported_lists.sql", user=user, dates=dates)
