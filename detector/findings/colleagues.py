"""Colleagues who do the same as an account: perhaps a task of the unit, which speaks for the person."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Final

import duckdb
import polars as pl

from detector.database.queries import frame
from detector.detection.streams import ACCESS_COMPONENTS, BY_ID
from detector.findings.finding_data import with_components
from detector.findings.holders import Holders
from detector.model.findings import Status

COLLEAGUE_DAYS: Final = 14
LEAST_COLLEAGUES: Final = 2
"""One who does the same may be a partner; several look like a task of the unit."""
LEAST_PATIENTS: Final = 3.0
CLEARED: Final = (Status.JUSTIFIED, Status.FALSE_ALARM)
"""What an officer decided about colleagues who are to be compared with all the same."""


def colleagues_alike(
    connection: duckdb.DuckDBPyConnection,
    night: dt.date,
    user: str,
    streams: Mapping[str, float],
    holders: Holders,
) -> int:
    """Return how many colleagues of unit and role opened at least half as many patients of the account's kind.

    Of the kind are patients whose access adds to the stream (of ``streams``, by its evidence) that stands highest, in
    the last weeks; accounts stand for their ``holders``. Nobody counts with an alert of the own; none, where the stream
    judges days or few do so.
    """
    leading = max(streams, key=lambda name: (streams[name], name), default=None)
    components = [name for name in BY_ID[leading].components if name in ACCESS_COMPONENTS] if leading else []
    if not components:
        return 0
    since = night - dt.timedelta(days=COLLEAGUE_DAYS - 1)
    patients = (
        holders.by_holder(
            with_components(frame(connection, "findings", "recent_suspicions.sql", since=since, night=night))
        )
        .filter(pl.max_horizontal(components) > 0)
        .group_by("user_id", "department", "role")
        .agg(pl.col("patient_id").n_unique().alias("patients"))
    )
    own = patients.filter(pl.col("user_id") == user).sort("patients")
    if own.is_empty():
        return 0
    row = own.row(-1, named=True)
    alerted = frame(connection, "findings", "alerted_accounts.sql", cleared=list(CLEARED))["holder"].to_list()
    alike = patients.filter(
        (pl.col("user_id") != user)
        & ~pl.col("user_id").is_in(alerted)
        & (pl.col("department") == row["department"])
        & (pl.col("role") == row["role"])
        & (pl.col("patients") >= max(LEAST_PATIENTS, row["patients"] / 2))
    )["user_id"].n_unique()
    return alike if alike >= LEAST_COLLEAGUES else 0
