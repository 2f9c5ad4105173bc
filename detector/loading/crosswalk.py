"""The site's word on identifiers: the rules of `[source.identity]` and the crosswalk tables, settled for a run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from detector.database.queries import sql_text
from detector.database.rows import registered
from detector.model.tables.context import IDENTITIES, IDENTITY_RULES
from detector.store.canonical_ids import TABLES, rule_expressions

if TYPE_CHECKING:
    import duckdb

    from detector.deployment.log_sources import Source

CROSSWALKS: Final = ("user_ids", "patient_ids")
"""Context tables that tell which identifiers stand for which."""
NEW: Final = ("new_identity_rules", "new_identities")
"""Temporary tables of what the configuration and the crosswalk in use say now."""


def read_identities(connection: duckdb.DuckDBPyConnection, sources: Sequence[Source]) -> bool:
    """Create the tables ``NEW``; return whether they say something else than those of the last run."""
    import polars as pl  # noqa: PLC0415

    rules: list[tuple[Any, ...]] = [
        (name, column, rule.strip_domain, rule.pattern, rule.fold, rule.pad_to)
        for source in sources
        for name in source.names
        for column, rule in source.identity.items()
    ]
    for name, table in zip(NEW, (IDENTITY_RULES, IDENTITIES), strict=True):
        connection.execute(f"create or replace temp table {name} ({table.definition()})")
    if rules:
        connection.executemany(f"insert into {NEW[0]} values (?, ?, ?, ?, ?, ?)", rules)
    names = pl.DataFrame(
        [(source.name, name) for source in sources for name in source.names],
        schema={"source": pl.String(), "name": pl.String()},
        orient="row",
    )
    with registered(connection, source_names_now=names):
        connection.execute(f"create or replace temp table crosswalk_rows as {sql_text('load', 'crosswalk_rows.sql')}")
    ruled = ", ".join(f"{text} as {column}" for column, text in rule_expressions(connection, NEW[0]).items())
    replaced = f"* replace ({ruled})" if ruled else "*"
    connection.execute(f"create or replace temp table ruled_rows as select {replaced} from crosswalk_rows")
    connection.execute(f"insert into {NEW[1]} by name {sql_text('load', 'identities.sql')}")
    return any(differ(connection, *tables) for tables in zip(NEW, TABLES, strict=True))


def differ(connection: duckdb.DuckDBPyConnection, one: str, other: str) -> bool:
    """Return whether two relations have other rows."""
    return any(
        connection.execute(f"select exists (from {first} except from {second})").fetchall()[0][0]
        for first, second in ((one, other), (other, one))
    )


def use_identities(connection: duckdb.DuckDBPyConnection) -> None:
    """Put what :func:`read_identities` read in the place of what the last run used; views must be made anew."""
    for new, table in zip(NEW, TABLES, strict=True):
        connection.execute(f"delete from {table}")
        connection.execute(f"insert into {table} from {new} order by all")
