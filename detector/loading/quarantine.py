"""Keeping the records that could not be read as rows; rows with a wrong value are set aside by SQL of their loader."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from detector.database.queries import frame

if TYPE_CHECKING:
    import duckdb

    from detector.sources.log_format import RejectedRecord


def quarantine_records(
    connection: duckdb.DuckDBPyConnection,
    source: str,
    file_id: int | None,
    path: str,
    rejected: Sequence[RejectedRecord],
) -> int:
    """Write the records into ``quarantine``, in the order of the file; return how many. Context files have no id."""
    if not rejected:
        return 0
    records: dict[str, list[Any]] = {
        name: [getattr(record, name) for record in rejected]
        for name in ("row_number", "byte_position", "reason", "raw")
    }
    connection.register("rejected_records", pa.table(records))
    connection.execute(
        "insert into quarantine select $source, $file_id, $path, row_number, byte_position, reason, raw"
        " from rejected_records order by row_number",
        {"source": source, "file_id": file_id, "path": path},
    )
    connection.unregister("rejected_records")
    return len(rejected)


def count_no_records(connection: duckdb.DuckDBPyConnection, file_id: int, after: int) -> int:
    """Return how many rows set aside behind row ``after`` of a file are no record of the log, such as a total."""
    return int(frame(connection, "load", "no_records.sql", file_id=file_id, after=after)["rows"].item())
