"""Planted rows written as the account's own systems write them: source, names, workstation, address, session."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from detector.drill.planter import Place
from detector.drill.site_profile import Account

if TYPE_CHECKING:
    from detector.drill.planting import Stage

FILLED: Final = {
    "user_name": "names", "user_department": "departments", "user_role": "roles",
    "patient_department": "patient_departments", "visit_id": "visits", "query_by": "queries", "client_ip": "addresses",
    "workstation": "workstations", "application": "applications", "session_id": "sessions", "reason": "reasons",
}  # fmt: skip
"""Columns that a source may leave empty, and the column of ``drill_sources`` that tells whether it does."""
WORDING: Final = ("user_name", "user_department", "user_role", "client_ip", "workstation", "application", "session_id")
EVENT_COLUMNS: Final = (
    "source", "local_time", "business_date", "user_id", "user_name", "user_department", "user_role", "patient_id",
    "patient_department", "visit_id", "action", "category", "record_count", "query_by", "client_ip", "workstation",
    "application", "session_id", "outcome", "reason",
)  # fmt: skip


def in_dialect(stage: Stage, account: Account, rows: pl.DataFrame) -> pl.DataFrame:
    """Complete planned rows (``local_time, patient_id, action, category, query_by, reason, record_count``).

    Each goes to the source that writes such rows, preferably one that the account uses, and takes what that source
    fills from the account's nearest row there. Returns ``EVENT_COLUMNS``.
    """
    own = stage.ground.rows_of(account.user_id)
    written = _with_source(stage, own, rows)
    return (
        _with_place(stage, account, _with_wording(stage, account, own, written))
        .pipe(_with_visit, stage)
        .join(
            stage.ground.sources.unique("source", keep="first", maintain_order=True), on="source", suffix="_of_source"
        )
        .with_columns(pl.when(pl.col(told)).then(pl.col(column)).alias(column) for column, told in FILLED.items())
        .with_columns(
            user_id=pl.lit(account.user_id), outcome=pl.lit("success"), business_date=pl.col("local_time").dt.date()
        )
        .select(EVENT_COLUMNS)
    )


def _with_source(stage: Stage, own: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """Add the source: one that writes this action and category, used by the account where there is one."""
    used = own["source"].unique().to_list()
    best = (
        stage.ground.sources.select("source", "action", "category", "events", used=pl.col("source").is_in(used))
        .sort("used", "events", "source", descending=[True, True, False])
        .unique(["action", "category"], keep="first", maintain_order=True)
        .select("action", "category", "source")
    )
    return rows.join(best, on=["action", "category"], nulls_equal=True).sort("local_time")


def _with_wording(stage: Stage, account: Account, own: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """Add who and where as the nearest row of the account in that source has it, else as its unit's rows have it."""
    if own.is_empty():
        unit = stage.ground.rows_of_unit(account, own=True)
        own = unit.with_columns(
            user_name=pl.lit(account.name, dtype=pl.String),
            user_role=pl.lit(account.role, dtype=pl.String),
            session_id=pl.lit(None, dtype=pl.String),
        )
    patterns = own.select("local_time", "source", *WORDING).sort("local_time")
    near = rows.join_asof(patterns, on="local_time", by="source", strategy="nearest", check_sortedness=False)
    anywhere = rows.join_asof(patterns.drop("source"), on="local_time", strategy="nearest")
    return near.with_columns(pl.coalesce(pl.col(name), anywhere[name]).alias(name) for name in WORDING)


def _with_place(stage: Stage, account: Account, rows: pl.DataFrame) -> pl.DataFrame:
    """Move the rows where the planter says that they come from."""
    place = stage.order.planter.place
    if place is Place.OWN:
        return rows
    session = pl.lit(f"{account.user_id}-{stage.order.label}")
    if place is Place.OUTSIDE:
        address = pl.lit(stage.outside_address())
        return rows.with_columns(client_ip=address, workstation=pl.lit(None, dtype=pl.String), session_id=session)
    elsewhere = stage.ground.rows_of_unit(account, own=False).filter(pl.col("workstation").is_not_null())
    seats = elsewhere.select("workstation", "client_ip").unique().sort("workstation", "client_ip")
    if seats.is_empty():
        return rows
    workstation, client_ip = seats.row(int(stage.rng.integers(seats.height)))
    return rows.with_columns(
        workstation=pl.lit(workstation, dtype=pl.String),
        client_ip=pl.lit(client_ip, dtype=pl.String),
        session_id=session,
    )


def _with_visit(rows: pl.DataFrame, stage: Stage) -> pl.DataFrame:
    """Add department and number of the visit that the log names for the patient nearest in time."""
    visits = stage.ground.visits_of(rows["patient_id"].drop_nulls())
    found = visits.select("patient_id", "local_time", "patient_department", "visit_id").sort("local_time")
    return rows.sort("local_time").join_asof(
        found, on="local_time", by="patient_id", strategy="nearest", check_sortedness=False
    )
