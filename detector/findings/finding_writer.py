"""Writes findings, their events and their days into the store; the only place that does."""

from __future__ import annotations

import datetime as dt

import duckdb
import polars as pl

from detector.database.queries import execute
from detector.database.rows import registered
from detector.model.findings import EVENT_LIMIT, Finding, Subject, finding_id


def new_finding_id(connection: duckdb.DuckDBPyConnection, subject: Subject, about: str, night: dt.date) -> str:
    """Return the id of a finding that is raised ``night``; a further episode of the same date counts its number in."""
    identifier, number = finding_id(subject, about, str(night)), 1
    while connection.execute("select 1 from findings where finding_id = ?", [identifier]).fetchall():
        number += 1
        identifier = finding_id(subject, about, str(night), str(number))
    return identifier


def store_finding(connection: duckdb.DuckDBPyConnection, finding: Finding) -> None:
    """Insert or replace one finding."""
    row = finding.row()
    connection.execute("delete from findings where finding_id = ?", [finding.finding_id])
    connection.execute(
        f"insert into findings ({', '.join(row)}) values ({', '.join('?' for _ in row)})", list(row.values())
    )


def with_kept_events(connection: duckdb.DuckDBPyConnection, finding_id: str, events: pl.DataFrame) -> pl.DataFrame:
    """Return the events with those that were kept with the finding before behind them: their logs may be gone."""
    kept = connection.sql(
        "select * exclude (finding_id) from finding_events where finding_id = $id order by rank",
        params={"id": finding_id},
    ).pl()
    both: pl.DataFrame = pl.concat([events, kept.select(events.columns).cast(events.schema)])
    return both.unique("event_id", keep="first", maintain_order=True)


def store_evidence(connection: duckdb.DuckDBPyConnection, finding_id: str, events: pl.DataFrame) -> None:
    """Replace the finding's events, in their order, by the first :data:`EVENT_LIMIT` of ``events``."""
    ranked = events.head(EVENT_LIMIT).with_columns(
        rank=pl.int_range(1, pl.len() + 1, dtype=pl.Int32), finding_id=pl.lit(finding_id)
    )
    _replace(connection, "finding_events", finding_id, ranked)


def store_days(connection: duckdb.DuckDBPyConnection, finding_id: str, days: pl.DataFrame) -> None:
    """Replace the finding's days (all columns of ``finding_days`` but its id)."""
    _replace(connection, "finding_days", finding_id, days.with_columns(finding_id=pl.lit(finding_id)))


def join_record_case(connection: duckdb.DuckDBPyConnection, case_id: str, patient_id: str, users: list[str]) -> None:
    """Let findings about the viewers of a record that rest on it mostly share the record's case."""
    execute(connection, "findings", "join_record_case.sql", case=case_id, patient=patient_id, users=users)


def _replace(connection: duckdb.DuckDBPyConnection, table: str, finding_id: str, rows: pl.DataFrame) -> None:
    connection.execute(f"delete from {table} where finding_id = ?", [finding_id])
    if rows.height:
        with registered(connection, new_rows=rows):
            connection.execute(f"insert into {table} by name from new_rows")
