"""Context tables that still have a number which the crosswalk knows: they are about whom it stands for now.

What the crosswalk says of every log (rows without a source) is said of the hospital's numbers, so it counts here too:
records that were merged, accounts that were numbered anew. A row with dates is of the time when it starts. What one
system's log calls somebody is no number of these tables.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from detector.database.queries import sql_text
from detector.loading.crosswalk import CROSSWALKS
from detector.sources.context_tables import CONTEXT_TABLES

if TYPE_CHECKING:
    import duckdb

KINDS: Final = {"user_id": "user_id", "manager_id": "user_id", "patient_id": "patient_id"}
"""Columns with a number, and which crosswalk knows it."""


def use_canonical_ids(connection: duckdb.DuckDBPyConnection, tables: Iterable[tuple[str, str]]) -> None:
    """Let the ``tables``, each a name and that of the context table it has the columns of, have canonical numbers."""
    connection.execute(f"create or replace temp table known_ids as {sql_text('load', 'known_ids.sql')}")
    any_known = connection.execute("select count(*) from known_ids").fetchall()[0][0]
    for table, kind in tables if any_known else ():
        if kind in CROSSWALKS:
            continue
        names = [column.name for column in CONTEXT_TABLES[kind].columns]
        for column in KINDS.keys() & names:
            _renumber(connection, table, column, is_dated="starts_at" in names)
    connection.execute("drop table known_ids")


def _renumber(connection: duckdb.DuckDBPyConnection, table: str, column: str, *, is_dated: bool) -> None:
    """Put canonical numbers in the place of others; of a table without dates one row a number stays, its own first."""
    known = f"select * from known_ids where column_name = '{KINDS[column]}' and id <> canonical_id"
    if is_dated:
        connection.execute(
            f"update {table} set {column} = known.canonical_id from ({known}) as known"
            f" where {table}.{column} = known.id"
            f" and coalesce({table}.starts_at, timestamp '-infinity') >= known.starts_at"
            f" and coalesce({table}.starts_at, timestamp '-infinity') < known.ends_at"
        )
        return
    known = f"select arg_max(canonical_id, starts_at) from ({known}) as known where known.id = {table}.{column}"
    connection.execute(f"create or replace temp table renumbered as select *, ({known}) as canonical_id from {table}")
    if connection.execute("select count(canonical_id) from renumbered").fetchall()[0][0]:
        connection.execute(f"delete from {table}")
        connection.execute(
            f"insert into {table} select * exclude (canonical_id)"
            f" replace (coalesce(canonical_id, {column}) as {column}) from renumbered"
            f" qualify row_number() over (partition by coalesce(canonical_id, {column})"
            f" order by canonical_id is not null, {column}) = 1"
        )
    connection.execute("drop table renumbered")
