"""Decoy records: planted, invented patients that nobody has a reason to open. They are records and no patients."""

from __future__ import annotations

import duckdb

from detector.database.queries import rows


def decoy_records(connection: duckdb.DuckDBPyConnection) -> frozenset[str]:
    """Return the records that are decoys, or were when an account opened them."""
    return frozenset(str(row["patient_id"]) for row in rows(connection, "findings", "decoys.sql"))
