"""Rows of a query as dictionaries: a screenful at a time, never all events."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import duckdb


def select(
    connection: duckdb.DuckDBPyConnection, sql: str, values: Sequence[object] | Mapping[str, object] = ()
) -> list[dict[str, Any]]:
    """Return the rows of a query by column name; ``values`` are bound by place or by name."""
    result = connection.execute(sql, values)
    names = [column[0] for column in result.description or ()]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


def exists(connection: duckdb.DuckDBPyConnection, name: str) -> bool:
    """Tell whether there is a table or view of that name."""
    return bool(select(connection, "select 1 from information_schema.tables where table_name = ? limit 1", [name]))
