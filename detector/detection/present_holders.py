"""An account's own past is that of the person who holds it: what somebody else did with it is none of it."""

from __future__ import annotations

import datetime as dt
from typing import Final

import duckdb
import polars as pl

from detector.database import rows

MARK: Final = "\x1f"
"""Between an account and a holder's number, as in the view ``holders``; alone, whoever held the account before.

No identifier has the character.
"""


def later_holders(connection: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    """Return the holders who have an account after somebody else: ``user_id, since, until``."""
    return rows.frame(connection, "select user_id, since, until from holders where number > 1 order by all")


def apart(later: pl.DataFrame, days: pl.DataFrame, date: dt.date) -> pl.DataFrame:
    """Return rows of ``business_date, user_id …``, those from before the account's holder of ``date`` under another id.

    ``later`` as :func:`later_holders` returns them. The rows stay among those of peers.
    """
    held = later.filter((pl.col("since") <= date) & (pl.col("until") > date)).select("user_id", "since")
    if held.is_empty():
        return days
    before = pl.col("business_date") < pl.col("since")
    return (
        days.join(held, on="user_id", how="left", maintain_order="left")
        .with_columns(user_id=pl.when(before).then(pl.col("user_id") + MARK).otherwise("user_id"))
        .drop("since")
    )
