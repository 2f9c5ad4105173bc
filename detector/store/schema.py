"""The store's tables: the SQL files of ``sql/schema``, each a step that is applied once, in order."""

from __future__ import annotations

from pathlib import Path

import duckdb

from detector.database.connection import connect
from detector.database.queries import sql_names, sql_text
from detector.errors import StoreDamaged, StoreNewer
from detector.store.parts import quoted


def create_tables(connection: duckdb.DuckDBPyConnection) -> None:
    """Create the store's tables in an empty database."""
    for name in sql_names("schema"):
        connection.execute(sql_text("schema", name))


def migrate(connection: duckdb.DuckDBPyConnection, path: Path) -> None:
    """Bring the store's tables up to date, each step with its version in one transaction.

    Raises StoreNewer where the store has steps that this version does not have, StoreDamaged where the file is a
    database of something else.
    """
    if not connection.execute("select table_name from duckdb_tables()").fetchall():
        if next((path.parent / "events").glob("*.parquet"), None) is not None:
            raise StoreDamaged(f"{path} is empty although there are event parts beside it; restore it from a backup")
        connection.execute("create table schema_steps (name varchar primary key)")
    for name in missing_steps(connection, path):
        connection.execute("begin")
        connection.execute(sql_text("schema", name))
        connection.execute("insert into schema_steps values (?)", [name])
        connection.execute("commit")


def missing_steps(connection: duckdb.DuckDBPyConnection, path: Path) -> list[str]:
    """Return the steps that a store lacks; raises as :func:`migrate`."""
    if not connection.execute("select 1 from duckdb_tables() where table_name = 'schema_steps'").fetchall():
        raise StoreDamaged(f"{path} is a database, but not a store of the detector")
    applied = {str(row[0]) for row in connection.execute("select name from schema_steps").fetchall()}
    unknown = sorted(applied.difference(sql_names("schema")))
    if unknown:
        raise StoreNewer(f"{path} was written by a newer version (it has {unknown[0]}); update the detector")
    return [name for name in sql_names("schema") if name not in applied]


def open_copy(path: Path) -> duckdb.DuckDBPyConnection:
    """Open a published copy for reading, with the tables of this version.

    A copy of an earlier version is taken into memory, and the steps that it lacks are applied there: the file stays as
    it is until the next night publishes another. Raises as :func:`migrate`.
    """
    connection = connect(path, read_only=True)
    try:
        if not missing_steps(connection, path):
            return connection
    except BaseException:
        connection.close()
        raise
    connection.close()
    connection = connect(path, in_memory=True)
    try:
        connection.execute(f"attach {quoted(str(path))} as published (read_only)")
        connection.execute("copy from database published to memory")
        connection.execute("detach published")
        migrate(connection, path)
    except BaseException:
        connection.close()
        raise
    return connection
