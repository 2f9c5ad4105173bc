"""Which business dates the nights have judged, for all who read the store or its published copy."""

from __future__ import annotations

import datetime as dt

import duckdb


def last_judged(connection: duckdb.DuckDBPyConnection) -> dt.date | None:
    """Return the newest business date that was judged, or None where none was."""
    newest: dt.date | None = connection.execute("select max(business_date) from dates").fetchall()[0][0]
    return newest
