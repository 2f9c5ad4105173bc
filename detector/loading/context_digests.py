"""What a night knew of each context table, as one digest: kept with findings, so that they can be reproduced.

The digest is that of the rows which had started by the end of the night, with the ends that had passed by then: the
same whether the night worked with that day's export or, in a later run, with one that has grown since.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from typing import Final

import duckdb

from detector.database.queries import sql_text
from detector.model.methods import ContextUsed
from detector.model.tables import Table
from detector.model.tables.context import CONTEXT, CONTEXT_SUMS
from detector.store.digests import text_of_row

SUMS: Final = CONTEXT_SUMS.name
"""The temporary table that keeps the sums of the version in use: one pass over it for all nights of a run."""


def context_used(connection: duckdb.DuckDBPyConnection, night: dt.date) -> tuple[ContextUsed, ...]:
    """Return the context tables that a night works with, by name; none that is not configured or was never good.

    Adds the sums of a version that this connection has not seen to the temporary table ``context_sums``.
    """
    in_use = {
        str(name): (str(digest), good_on)
        for name, digest, good_on in connection.execute(
            "select name, coalesce(digest, ''), good_on from context_tables"
            " where configured and (digest is not null or failure is null) order by name"
        ).fetchall()
    }
    _create_sums(connection)
    for table in CONTEXT:
        if table.name in in_use:
            _add_sums(connection, table, in_use[table.name][0])
    known = connection.execute(
        f"select name, sum(rows)::bigint, sum(first), sum(second), sum(third), sum(fourth) from {SUMS}"
        " where from_on <= ? group by name",
        [night],
    ).fetchall()
    sums = {str(name): values for name, *values in known}
    return tuple(
        ContextUsed(name, None if good_on is None else str(good_on), *_digest(sums.get(name, [0] * 5)))
        for name, (_, good_on) in in_use.items()
    )


def _digest(sums: list[int]) -> tuple[int, str]:
    """Return the number of rows, and one digest of the sums of theirs."""
    return int(sums[0]), hashlib.sha256(" ".join(map(str, map(int, sums))).encode()).hexdigest()


def _create_sums(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute(f"create temp table if not exists {SUMS} ({CONTEXT_SUMS.definition()})")


def _add_sums(connection: duckdb.DuckDBPyConnection, table: Table, digest: str) -> None:
    """Add up the rows of the version in use, in place of an earlier one, unless that was done."""
    known = connection.execute(f"select 1 from {SUMS} where name = ? and digest = ? limit 1", [table.name, digest])
    if known.fetchall():
        return
    dated = "starts_at" in table.names
    gaps = {
        "{table}": table.name,
        "{starts}": "starts_at" if dated else "null::timestamp",
        "{ends}": "ends_at" if dated else "null::timestamp",
        "{open}": text_of_row(name for name in table.names if name != "ends_at"),
        "{ending}": text_of_row(["ends_at"]) if dated else "null::varchar",
    }
    statement = sql_text("load", f"{SUMS}.sql")
    for gap, text in gaps.items():
        statement = statement.replace(gap, text)
    connection.execute(f"delete from {SUMS} where name = ?", [table.name])
    connection.execute(f"insert into {SUMS} by name select ? as name, ? as digest, * from ({statement})",
                       [table.name, digest])  # fmt: skip
