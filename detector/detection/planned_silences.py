"""When logs are silent by plan, as a night's SQL reads it: the outages, and the time after a source was retired."""

from __future__ import annotations

import duckdb

from detector.deployment.settings import Settings
from detector.model.tables.policies import PLANNED_SILENCES


def create_planned_silences(connection: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    """Create the temporary table ``planned_silences`` from the configuration."""
    connection.execute(PLANNED_SILENCES.create_temporary())
    planned = [[one.source, one.start, one.end, one.reason, one.retired] for one in settings.planned_silences]
    if planned:
        connection.executemany("insert into planned_silences values (?, ?, ?, ?, ?)", planned)
