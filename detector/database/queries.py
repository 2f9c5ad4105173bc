"""The SQL files: where they lie, and running one of them.

They lie in the wheel as ``detector/sql``, in a checkout in the folder ``sql`` beside the package: one folder a room
(``load``, ``night``, ``findings`` …), one statement a file, except ``schema`` (the store's tables, step by step),
``macros`` (what every connection of the detector knows) and ``policies`` (a header in TOML, then the statement). Every
other file begins with comments that say what it reads, gives and needs; ``tests/database/test_sql_files.py`` holds them
against the statement.
"""

from __future__ import annotations

from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from detector.database import rows as results

if TYPE_CHECKING:
    import duckdb
    import polars as pl


def sql_folder() -> Traversable:
    """Return the folder that holds ``schema``, ``load``, ``night`` and the others."""
    shipped = resources.files("detector").joinpath("sql")
    return shipped if shipped.is_dir() else Path(__file__).resolve().parents[2] / "sql"


@cache
def sql_text(*path: str) -> str:
    """Return one SQL file, named by folder and file name: ``sql_text("load", "typed_rows.sql")``."""
    return sql_folder().joinpath(*path).read_text(encoding="utf-8")


@cache
def sql_names(folder: str) -> tuple[str, ...]:
    """Return the names of the SQL files of one folder, in order."""
    return tuple(sorted(entry.name for entry in sql_folder().joinpath(folder).iterdir() if entry.name.endswith(".sql")))


def rows(connection: duckdb.DuckDBPyConnection, folder: str, name: str, /, **values: object) -> list[dict[str, Any]]:
    """Return the rows of one SQL file by column name, its parameters given by name.

    ``rows(connection, "cli", "account_days.sql", user="01077")``
    """
    return results.select(connection, sql_text(folder, name), values)


def frame(connection: duckdb.DuckDBPyConnection, folder: str, name: str, /, **values: object) -> pl.DataFrame:
    """Return what :func:`rows` does as one data frame."""
    return results.frame(connection, sql_text(folder, name), values)


def execute(connection: duckdb.DuckDBPyConnection, folder: str, name: str, /, **values: object) -> None:
    """Run one SQL file that changes a table, its parameters given by name."""
    connection.execute(sql_text(folder, name), values)


def create_table(connection: duckdb.DuckDBPyConnection, folder: str, name: str, /, **values: object) -> None:
    """Make a temporary table, in place of an earlier one, of the rows of one SQL file; it has the file's name.

    Of ``values`` those are used that the file names: the files of one folder can be run with the same ones.
    """
    text = sql_text(folder, name)
    needed = connection.extract_statements(text)[0].named_parameters
    connection.execute(
        f"create or replace temp table {name.removesuffix('.sql')} as {text}",
        {parameter: value for parameter, value in values.items() if parameter in needed},
    )
