"""What each log shows on a business date: noted by the night, so that no look at the site reads weeks of events."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import duckdb
import polars as pl

from detector.database.queries import sql_text
from detector.database.rows import frame, replace_dates


def note_source_days(connection: duckdb.DuckDBPyConnection, dates: Sequence[dt.date]) -> None:
    """Write the rows of ``dates`` in ``source_days``. Reads the view ``events``, which must cover them."""
    replace_dates(connection, "source_days", _of_events(connection, dates), dates)


def unnoted_dates(connection: duckdb.DuckDBPyConnection, first: dt.date, last: dt.date) -> list[dt.date]:
    """Return the dates judged from ``first`` to ``last`` that have events, and none noted: an earlier version's."""
    rows = connection.execute(
        "select business_date from dates where events > 0 and business_date between $first and $last"
        " except select business_date from source_days order by all",
        {"first": first, "last": last},
    ).fetchall()
    return [row[0] for row in rows]


def source_days(connection: duckdb.DuckDBPyConnection, first: dt.date, last: dt.date) -> pl.DataFrame:
    """Return the rows of ``source_days`` from ``first`` to ``last``.

    What no night has noted is counted from the view ``events``: dates that an earlier version judged, and all of them
    where none was judged yet.
    """
    noted = frame(
        connection,
        "from source_days where business_date between $first and $last order by business_date, source",
        {"first": first, "last": last},
    )
    if connection.execute("select 1 from dates limit 1").fetchall():
        missing = unnoted_dates(connection, first, last)
    else:
        missing = [first + dt.timedelta(days=number) for number in range((last - first).days + 1)]
    return pl.concat([noted, _of_events(connection, missing)]) if missing else noted


def _of_events(connection: duckdb.DuckDBPyConnection, dates: Sequence[dt.date]) -> pl.DataFrame:
    return frame(connection, sql_text("detection", "source_days.sql"), {"days": list(dates)})
