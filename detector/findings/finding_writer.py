"""Writes findings, their events and their days into the store; the only place that does."""

from __future__ import annotations

from typing import Any, Final

import duckdb
import polars as pl

EVENT_LIMIT: Final = 1000


def store_finding(connection: duckdb.DuckDBPyConnection, row: dict[str, Any]) -> None:
    """Insert or replace one finding."""
    names = list(row)
    connection.execute("delete from findings where finding_id = $id", {"id": row["finding_id"]})
    connection.execute(
        f"insert into findings ({', '.join(names)}) values ({', '.join('?' for _ in names)})", list(row.values())
    )


def store_evidence(connection: duckdb.DuckDBPyConnection, identity: str, events: pl.DataFrame) -> None:
    """Add the finding's events; rows that were kept earlier stay, since their logs may be gone."""
    kept = connection.sql(
        "select * exclude (finding_id) from finding_events where finding_id = $id", params={"id": identity}
    ).pl()
    merged = (
        pl.concat([events, kept.select(events.columns).cast(events.schema)])
        .unique("event_id", keep="first", maintain_order=True)
        .head(EVENT_LIMIT)
        .with_columns(rank=pl.int_range(1, pl.len() + 1, dtype=pl.Int32), finding_id=pl.lit(identity))
    )
    connection.execute("delete from finding_events where finding_id = $id", {"id": identity})
    if merged.height:
        connection.register("merged_events", merged.to_arrow())
        connection.execute("insert into finding_events by name from merged_events")
        connection.unregister("merged_events")


def store_days(connection: duckdb.DuckDBPyConnection, identity: str, days: pl.DataFrame) -> None:
    """Replace the finding's days."""
    connection.execute("delete from finding_days where finding_id = $id", {"id": identity})
    if days.height:
        connection.register("new_days", days.with_columns(finding_id=pl.lit(identity)).to_arrow())
        connection.execute("insert into finding_days by name from new_days")
        connection.unregister("new_days")


def severity_of(risk: float, alerting: pl.DataFrame) -> str:
    """Return the severity: of the gravest policy that alerts, or by risk."""
    order = ["low", "medium", "high", "critical"]
    by_risk = "low" if risk < 50 else "medium" if risk < 70 else "high" if risk < 90 else "critical"
    gravest: str = max([by_risk, *alerting["severity"].to_list()], key=order.index)
    return gravest
