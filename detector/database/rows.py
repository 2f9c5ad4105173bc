"""Rows of a query: as dictionaries, a screenful at a time and never all events, or as a frame; and frames as tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import datetime as dt

    import duckdb
    import polars as pl


def select(
    connection: duckdb.DuckDBPyConnection, sql: str, values: Sequence[object] | Mapping[str, object] = ()
) -> list[dict[str, Any]]:
    """Return the rows of a query by column name; ``values`` are bound by place or by name."""
    result = connection.execute(sql, values)
    names = [column[0] for column in result.description or ()]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


def frame(connection: duckdb.DuckDBPyConnection, sql: str, values: Mapping[str, object] | None = None) -> pl.DataFrame:
    """Return the rows of a query as a frame; ``values`` are bound by name."""
    rows: pl.DataFrame = connection.sql(sql, params=dict(values or {})).pl()
    return rows


@contextmanager
def registered(connection: duckdb.DuckDBPyConnection, **frames: pl.DataFrame) -> Iterator[None]:
    """Let SQL read the frames as tables of their names while the block runs."""
    for name, rows in frames.items():
        connection.register(name, rows.to_arrow())
    try:
        yield
    finally:
        for name in frames:
            connection.unregister(name)


def replace_dates(
    connection: duckdb.DuckDBPyConnection, table: str, rows: pl.DataFrame, dates: Sequence[dt.date]
) -> None:
    """Replace the rows of ``dates`` in a table keyed by business date."""
    connection.execute(
        f"delete from {table} where business_date in (select unnest($dates::date[]))", {"dates": list(dates)}
    )
    if rows.height:
        with registered(connection, replacement=rows):
            connection.execute(f"insert into {table} by name from replacement")


def add_number_columns(connection: duckdb.DuckDBPyConnection, table: str, names: Sequence[str]) -> None:
    """Add the columns of integers that a table does not have yet; rows that are there have null in them."""
    known = {column[0] for column in connection.execute(f"select * from {table} limit 0").description or ()}
    for name in names:
        if name not in known:
            connection.execute(f"alter table {table} add column {name} bigint")
