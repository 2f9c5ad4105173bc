"""The findings whose episode a night may continue."""

from __future__ import annotations

import datetime as dt

import duckdb

from detector.database.queries import sql_text
from detector.database.rows import select
from detector.model.findings import CLOSED_STATUSES, QUIET_DAYS, Finding, Subject


def open_findings(connection: duckdb.DuckDBPyConnection, subject: Subject, night: dt.date) -> list[Finding]:
    """Return the findings about such subjects that no decision and no quiet weeks have ended, oldest first."""
    values = {
        "subject": subject.value,
        "closed": [status.value for status in CLOSED_STATUSES],
        "since": night - dt.timedelta(days=QUIET_DAYS),
    }
    return [Finding.of_row(row) for row in select(connection, sql_text("findings", "open_findings.sql"), values)]
