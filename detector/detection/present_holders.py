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


def apart(connection: duckdb.DuckDBPyConnection, days: pl.DataFrame, date: dt.date) -> pl.DataFrame:
    """Return rows of ``business_date, user_id …``, those from before the account's holder of ``date`` under another id.

    They stay among those of peers.
    """
    later = rows.frame(
        connection,
        "select user_id, since from holders where number > 1 and since <= $date and until > $date order by user_id",
        {"date": date},
    )
    if later.is_empty():
        return days
    before = pl.col("business_date") < pl.col("since")
    return (
        days.join(later, on="user_id", how="left", maintain_order="left")
        .with_columns(user_id=pl.when(before).then(pl.col("user_id") + MARK).otherwise("user_id"))
        .drop("since")
    )
