"""Adds up the evidence of dates per account: of accesses, exports, unusual days and policies that do not alert."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Final

import duckdb
import polars as pl

from detector.database.rows import add_number_columns, replace_dates
from detector.detection import anomalous_days, bulk_exports
from detector.detection.likelihood import MICRO
from detector.detection.patterns import patterns
from detector.detection.present_holders import apart, later_holders
from detector.detection.scoring import DAY_KEYS
from detector.detection.streams import COMPONENTS

POLICY_NATS: Final = {"low": 2.0, "medium": 3.5, "high": 5.0, "critical": 5.0}
"""What a policy that does not alert by itself adds on each day it fires, by its severity."""


def write_evidence(
    connection: duckdb.DuckDBPyConnection, sums: Mapping[dt.date, pl.DataFrame], first_time: dt.date | None
) -> None:
    """Store the evidence of dates per account: of accesses (``sums``), exports, unusual days and policies.

    The models see a date once, when it is scored for the ``first_time``: what late bookings explain are accesses.
    """
    if not sums:
        return
    dates = sorted(sums)
    days = pl.concat([sums[date] for date in dates], how="diagonal")
    for stream, rows in daily_evidence(connection, dates, first_time).items():
        days = days.join(rows.rename({"evidence": stream}), on=["business_date", "user_id"], how="full", coalesce=True)
    days = days.with_columns(pl.col(COMPONENTS).fill_null(0), pl.col("department", "role").fill_null("?"))
    rows = days.select(*DAY_KEYS, *COMPONENTS).sort("business_date", "user_id")
    add_number_columns(connection, "evidence_days", COMPONENTS)
    replace_dates(connection, "evidence_days", rows, dates)


def daily_evidence(
    connection: duckdb.DuckDBPyConnection, dates: Sequence[dt.date], first_time: dt.date | None
) -> dict[str, pl.DataFrame]:
    """Return stream → ``business_date, user_id, evidence`` for the streams that judge days rather than accesses."""
    later = later_holders(connection)
    fired = connection.sql(
        "select distinct pattern, severity, user_id, business_date from policy_days"
        " where business_date in (select unnest($dates::date[])) and not alert and approval is null"
        " and user_id is not null order by all",
        params={"dates": list(dates)},
    ).pl()
    unusual = [known_unusual_days(connection, [date for date in dates if date != first_time])]
    if first_time is not None and first_time in dates:
        unusual.append(unusual_days(connection, later, first_time))
    evidence = {"export": exports_of(connection, later, dates), "unusual": pl.concat(unusual)}
    for pattern in patterns().values():
        if pattern.policy_stream is None:
            continue
        rows = fired.filter(pl.col("pattern") == pattern.id)
        evidence[pattern.policy_stream] = rows.unique(
            ["business_date", "user_id"], keep="first", maintain_order=True
        ).select(
            "business_date",
            "user_id",
            (pl.col("severity").replace_strict(POLICY_NATS, return_dtype=pl.Float64) * MICRO)
            .cast(pl.Int64)
            .alias("evidence"),
        )
    return evidence


def exports_of(connection: duckdb.DuckDBPyConnection, later: pl.DataFrame, dates: Sequence[dt.date]) -> pl.DataFrame:
    """Return what the lists that were exported on ``dates`` add, each against the weeks before its date."""
    exports = connection.sql(
        "from export_days where business_date in (select unnest($dates::date[]))", params={"dates": list(dates)}
    ).pl()
    history = connection.sql(
        """
        select business_date, user_id, department, role, exported_records
        from account_days
        where business_date < $last and business_date >= $since and account_type = 'human'
        order by business_date, user_id
        """,
        params={"last": dates[-1], "since": dates[0] - dt.timedelta(days=bulk_exports.HISTORY_DAYS)},
    ).pl()
    found = []
    for date in dates:
        since = date - dt.timedelta(days=bulk_exports.HISTORY_DAYS)
        known = history.filter((pl.col("business_date") >= since) & (pl.col("business_date") < date))
        of_date = exports.filter(pl.col("business_date") == date)
        found.append(bulk_exports.export_evidence(of_date, apart(later, known, date)))
    return pl.concat(found)


def unusual_days(connection: duckdb.DuckDBPyConnection, later: pl.DataFrame, date: dt.date) -> pl.DataFrame:
    """Return what the models make of the account-days of a date."""
    days = connection.sql(
        "from account_days where business_date <= $date and business_date >= $since and account_type = 'human'"
        " order by business_date, user_id",
        params={"date": date, "since": date - dt.timedelta(days=anomalous_days.HISTORY_DAYS)},
    ).pl()
    return anomalous_days.unusual_evidence(apart(later, days, date), date)


def known_unusual_days(connection: duckdb.DuckDBPyConnection, dates: Sequence[dt.date]) -> pl.DataFrame:
    """Return what the models made of the account-days of dates when each was scored first."""
    found: pl.DataFrame = connection.sql(
        "select business_date, user_id, coalesce(unusual, 0) as evidence from evidence_days"
        " where business_date in (select unnest($dates::date[])) order by business_date, user_id",
        params={"dates": list(dates)},
    ).pl()
    return found
