"""Planted rows written as the account's own systems write them: source, names, workstation, address, session."""

from __future__ import annotations

from typing import Final

import polars as pl

from detector.drill.site_profile import SiteAccount
from detector.drill.stage import Location, Stage

FILLED: Final = {
    "user_name": "names", "user_department": "departments", "user_role": "roles",
    "patient_department": "patient_departments", "visit_id": "visits", "query_by": "queries", "client_ip": "addresses",
    "workstation": "workstations", "application": "applications", "session_id": "sessions", "reason": "reasons",
}  # fmt: skip
"""Columns that a source may leave empty, and the column of ``drill_sources`` that says whether it does."""
WORDING: Final = ("user_name", "user_department", "user_role", "client_ip", "workstation", "application", "session_id")
EVENT_COLUMNS: Final = (
    "source", "local_time", "business_date", "user_id", "user_name", "user_department", "user_role", "patient_id",
    "patient_department", "visit_id", "action", "category", "record_count", "query_by", "client_ip", "workstation",
    "application", "session_id", "outcome", "reason",
)  # fmt: skip


def completed_rows(
    stage: Stage, account: SiteAccount, rows: pl.DataFrame, *, location: Location, session: str
) -> pl.DataFrame:
    """Complete planned rows (``local_time, patient_id, action, category, query_by, reason, record_count``).

    Each goes to the source that writes such rows, preferably one that the account uses, and takes what that source
    fills from the account's nearest row there. Rows from another ``location`` than the account's own belong to the
    session ``session``. Returns ``EVENT_COLUMNS``.
    """
    own = stage.site.rows_of(account.user_id)
    by_source = _with_source(stage, own, rows)
    return (
        _with_location(stage, account, _with_wording(stage, account, own, by_source), location, session)
        .pipe(_with_visit, stage)
        .join(stage.site.sources.unique("source", keep="first", maintain_order=True), on="source", suffix="_of_source")
        .with_columns(pl.when(pl.col(filled)).then(pl.col(column)).alias(column) for column, filled in FILLED.items())
        .with_columns(
            user_id=pl.lit(account.user_id), outcome=pl.lit("success"), business_date=pl.col("local_time").dt.date()
        )
        .select(EVENT_COLUMNS)
    )


def _with_source(stage: Stage, own: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """Add the source: one that writes this action and category, used by the account where there is one."""
    used = own["source"].unique().to_list()
    best = (
        stage.site.sources.select("source", "action", "category", "events", used=pl.col("source").is_in(used))
        .sort("used", "events", "source", descending=[True, True, False])
        .unique(["action", "category"], keep="first", maintain_order=True)
        .select("action", "category", "source")
    )
    return rows.join(best, on=["action", "category"], nulls_equal=True).sort("local_time")


def _with_wording(stage: Stage, account: SiteAccount, own: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """Add who and where as the nearest row of the account in that source has it, else as its unit's rows have it."""
    if own.is_empty():
        unit = stage.site.rows_of_unit(account, own=True)
        own = unit.with_columns(
            user_name=pl.lit(account.name, dtype=pl.String),
            user_role=pl.lit(account.role, dtype=pl.String),
            session_id=pl.lit(None, dtype=pl.String),
        )
    examples = own.select("local_time", "source", *WORDING).sort("local_time")
    near = rows.join_asof(examples, on="local_time", by="source", strategy="nearest", check_sortedness=False)
    anywhere = rows.join_asof(examples.drop("source"), on="local_time", strategy="nearest")
    return near.with_columns(pl.coalesce(pl.col(name), anywhere[name]).alias(name) for name in WORDING)


def _with_location(
    stage: Stage, account: SiteAccount, rows: pl.DataFrame, location: Location, session: str
) -> pl.DataFrame:
    """Give the rows workstation, address and session of the location; those of the account's own stay as they are."""
    if location is Location.OWN:
        return rows
    if location is Location.OUTSIDE:
        return rows.with_columns(
            client_ip=pl.lit(stage.outside_address()),
            workstation=pl.lit(None, dtype=pl.String),
            session_id=pl.lit(session),
        )
    elsewhere = stage.site.rows_of_unit(account, own=False).filter(pl.col("workstation").is_not_null())
    workstations = elsewhere.select("workstation", "client_ip").unique().sort("workstation", "client_ip")
    if workstations.is_empty():
        return rows
    workstation, client_ip = workstations.row(int(stage.rng.integers(workstations.height)))
    return rows.with_columns(
        workstation=pl.lit(workstation, dtype=pl.String),
        client_ip=pl.lit(client_ip, dtype=pl.String),
        session_id=pl.lit(session),
    )


def _with_visit(rows: pl.DataFrame, stage: Stage) -> pl.DataFrame:
    """Add department and number of the visit that the log names for the patient nearest in time."""
    visits = stage.site.visits_of(rows["patient_id"].drop_nulls())
    nearest = visits.select("patient_id", "local_time", "patient_department", "visit_id").sort("local_time")
    return rows.sort("local_time").join_asof(
        nearest, on="local_time", by="patient_id", strategy="nearest", check_sortedness=False
    )
