"""The store's tables: the SQL files of ``sql/schema``, each applied once, in order."""

from __future__ import annotations

from pathlib import Path

import duckdb

from detector.database.queries import sql_names, sql_text
from detector.errors import StoreDamaged, StoreNewer


def lay_empty(connection: duckdb.DuckDBPyConnection, step: str) -> None:
    """Let a read-only copy that an earlier version published have the tables of a later step, empty and temporary."""
    for statement in connection.extract_statements(sql_text("schema", step)):
        connection.execute(statement.query.replace("create table", "create temp table"))


def create_tables(connection: duckdb.DuckDBPyConnection) -> None:
    """Create the store's tables in an empty database."""
    for name in sql_names("schema"):
        connection.execute(sql_text("schema", name))


def migrate(connection: duckdb.DuckDBPyConnection, path: Path) -> None:
    """Bring the store's tables up to date, each step with its version in one transaction.

    Raises StoreNewer where the store knows steps that this version does not, StoreDamaged where the file is a
    database of something else.
    """
    known = sql_names("schema")
    tables = {str(row[0]) for row in connection.execute("select table_name from duckdb_tables()").fetchall()}
    if not tables:
        if next((path.parent / "events").glob("*.parquet"), None) is not None:
            raise StoreDamaged(f"{path} is empty although there are event parts beside it; restore it from a backup")
        connection.execute("create table schema_steps (name varchar primary key)")
    elif "schema_steps" not in tables:
        raise StoreDamaged(f"{path} is a database, but not a store of the detector")
    applied = {str(row[0]) for row in connection.execute("select name from schema_steps").fetchall()}
    strangers = sorted(applied - set(known))
    if strangers:
        raise StoreNewer(f"{path} was written by a newer version (it has {strangers[0]}); update the detector")
    for name in known:
        if name not in applied:
            connection.execute("begin")
            connection.execute(sql_text("schema", name))
            connection.execute("insert into schema_steps values (?)", [name])
            connection.execute("commit")
