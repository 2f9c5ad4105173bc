"""The findings whose episode a night may continue."""

from __future__ import annotations

import datetime as dt

import duckdb

from detector.database.queries import rows
from detector.model.findings import CLOSED_STATUSES, QUIET_DAYS, Finding, Subject


def open_findings(connection: duckdb.DuckDBPyConnection, subject: Subject, night: dt.date) -> list[Finding]:
    """Return the findings about such subjects that no decision and no quiet weeks have ended, oldest first."""
    found = rows(
        connection,
        "findings",
        "open_findings.sql",
        subject=subject.value,
        closed=list(CLOSED_STATUSES),
        since=night - dt.timedelta(days=QUIET_DAYS),
    )
    return [Finding.of_row(row) for row in found]
