"""Which account and patient an event is of: applied where events are read, in this one place; parts stay as loaded.

First the rule of the source, `[source.identity]`, then the crosswalk of the site; see the tables `identity_rules` and
`identities`. Without either the events are read as they lie, at no cost.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import duckdb

IDENTIFIERS: Final = ("user_id", "patient_id")
TABLES: Final = ("identity_rules", "identities")


def canonical_select(
    connection: duckdb.DuckDBPyConnection, columns: Sequence[str], relation: str, tables: Sequence[str] = TABLES
) -> str:
    """Return a select of columns from a relation that has `source`, `local_time` and identifiers, these canonical.

    ``tables`` are those of the rules and of the crosswalk.
    """
    rules, identities = tables
    known = connection.execute(
        "select count(*) from duckdb_tables() where table_name in (select unnest(?::varchar[]))", [list(tables)]
    ).fetchall()
    if known[0][0] < len(tables):  # a copy that an earlier version published
        return f"select {', '.join(columns)} from {relation}"
    ruled = rule_expressions(connection, rules)
    crossed = {
        str(row[0])
        for row in connection.execute(f"select distinct column_name from {identities}").fetchall()
        if row[0] in columns
    }
    if ruled:
        relation = (
            f"(select * replace ({', '.join(f'{text} as {one}' for one, text in ruled.items())}) from {relation})"
        )
    if not crossed:
        return f"select {', '.join(columns)} from {relation}"
    listed = (f"coalesce({one}_of.canonical_id, logged.{one}) as {one}" if one in crossed else f"logged.{one}"
              for one in columns)  # fmt: skip
    joins = "".join(
        f" left join (from {identities} where column_name = '{one}') as {one}_of on {one}_of.source = logged.source"
        f" and {one}_of.id = logged.{one} and logged.local_time >= {one}_of.starts_at"
        f" and logged.local_time < {one}_of.ends_at"
        for one in sorted(crossed)
    )
    return f"select {', '.join(listed)} from {relation} as logged{joins}"


def rule_expressions(connection: duckdb.DuckDBPyConnection, rules: str = TABLES[0]) -> dict[str, str]:
    """Return for each identifier that has rules the SQL of what it is by them, given its column and `source`."""
    rows = connection.execute(
        f"select column_name, source, strip_domain, pattern, fold, pad_to from {rules} order by all"
    ).fetchall()
    cases: dict[str, list[str]] = {}
    for column, source, strip_domain, pattern, fold, pad_to in rows:
        text = column
        text = f"bare_id({text})" if strip_domain else text
        text = f"matched_id({text}, {_literal(pattern)})" if pattern is not None else text
        text = f"lower({text})" if fold else text
        text = f"padded_id({text}, {int(pad_to)})" if pad_to else text
        cases.setdefault(column, []).append(f"when {_literal(source)} then {text}")
    return {column: f"case source {' '.join(texts)} else {column} end" for column, texts in cases.items()}


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
