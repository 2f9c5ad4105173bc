"""The one SELECT of a policy: which tables it reads, and what is wrong with it, in one line with its place."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, Final

import duckdb

from detector.database.connection import RIGHT_SUMS
from detector.database.interruption import interruptible, is_interruption, time_limit
from detector.deployment.checked_table import nearest
from detector.model.tables import POLICY_TABLES
from detector.policies.policy import Policy, PolicyError

NIGHT_TABLES: Final = tuple(table.name for table in POLICY_TABLES)
"""What policies may read: one night and what is known of its accounts and patients, never the whole history."""

_COMMENTS: Final = re.compile(r"(?:\s+|--[^\n]*|/\*.*?\*/)*", re.DOTALL)

POLICY_MEMORY: Final = "500MB"
"""What the statement of a site's policy may take."""


def first_line(statement: str) -> int:
    """Return the line of a policy's file on which its statement begins, comments before it aside."""
    before = _COMMENTS.match(statement)
    return statement.count("\n", 0, before.end() if before else 0) + 1


def read_statement(statement: str, path: Path) -> tuple[tuple[str, ...], frozenset[str]]:
    """Return the night tables that a statement reads and the parameters it names.

    Raises PolicyError unless it is exactly one SELECT from night tables.
    """
    line = first_line(statement)
    try:
        statements = _parser().extract_statements(statement)
        if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
            found = " and ".join(str(one.type).rpartition(".")[2] for one in statements) or "nothing"
            raise PolicyError(f"exactly one SELECT must follow the header, not {found}", file=path, line=line)
        tree = json.loads(_parser().execute("select json_serialize_sql($sql)", {"sql": statement}).fetchall()[0][0])
    except duckdb.Error as error:
        raise PolicyError(_message(error), file=path, line=_error_line(error, line)) from None
    tables, functions = _sources(tree)
    for table in tables:
        if table not in NIGHT_TABLES:
            place = re.search(rf"\b{re.escape(table)}\b", statement)
            at = statement.count("\n", 0, place.start()) + 1 if place else line
            raise PolicyError(f"{table!r} is no night table; {nearest(table, NIGHT_TABLES)}", file=path, line=at)
    for function in functions:
        if function.startswith(("read_", "parquet_", "sniff_", "glob", "query", "duckdb_")):
            raise PolicyError(f"{function}() may not be used; policies read night tables only", file=path, line=line)
    return tables, frozenset(statements[0].named_parameters)


def statement_error(policy: Policy, error: duckdb.Error) -> PolicyError:
    """Turn the database's complaint about a policy's statement into one line with its place."""
    line = first_line(policy.statement)
    for name in re.findall(r'"(\w+)"', _message(error).partition("Candidate")[0]):
        place = re.search(rf"(?<![\w$]){re.escape(name)}\b", policy.statement)
        if place:  # a running statement's error names no line
            line = policy.statement.count("\n", 0, place.start()) + 1
            break
    return PolicyError(_message(error), file=policy.path, line=_error_line(error, line))


@contextmanager
def site_connection(
    connection: duckdb.DuckDBPyConnection, policy: Policy, seconds: float
) -> Iterator[duckdb.DuckDBPyConnection]:
    """Give a connection of its own with copies of the tables that the policy reads, for so many ``seconds``.

    An error while a statement runs would abort the night's transaction; and what a site's policy can reach is this.
    It spills nothing to the disk. Raises PolicyError where the block takes longer, or more than ``POLICY_MEMORY``.
    """
    own = duckdb.connect(
        config=RIGHT_SUMS | {"enable_external_access": False, "memory_limit": POLICY_MEMORY, "temp_directory": ""}
    )
    interruptible(own)
    line = first_line(policy.statement)
    passed = threading.Event()
    try:
        for table in policy.tables:
            own.register(table, connection.sql(f"from {table}").to_arrow_table())
        with time_limit(own, seconds) as passed:
            yield own
    except (duckdb.Error, RuntimeError, MemoryError) as error:
        if passed.is_set() and is_interruption(error):
            raise PolicyError(
                f"stopped after {seconds:g} seconds; make the statement cheaper, or allow more with [detection]"
                " policy_seconds",
                file=policy.path, line=line,
            ) from None  # fmt: skip
        if isinstance(error, duckdb.OutOfMemoryException | MemoryError):
            raise PolicyError(
                f"stopped: it needs more than {POLICY_MEMORY} of memory; join and group less", file=policy.path,
                line=line,
            ) from None  # fmt: skip
        raise
    finally:
        own.close()


@cache
def _parser() -> duckdb.DuckDBPyConnection:
    """Return a connection that only parses."""
    return duckdb.connect(config={"threads": 1})


def _sources(tree: object) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the tables, common table expressions left out, and the table functions of a serialized statement."""
    tables: set[str] = set()
    named: set[str] = set()
    functions: set[str] = set()

    def walk(node: Any) -> None:  # noqa: ANN401 - a node is whatever JSON holds
        if isinstance(node, list):
            for one in node:
                walk(one)
        if isinstance(node, dict):
            if node.get("type") == "BASE_TABLE":
                tables.add(node["table_name"])
            if node.get("type") == "TABLE_FUNCTION":
                functions.add(node["function"]["function_name"])
            if "cte_map" in node:
                named.update(entry["key"] for entry in node["cte_map"]["map"])
            for one in node.values():
                walk(one)

    walk(tree)
    return tuple(sorted(tables - named)), tuple(sorted(functions))


def _message(error: duckdb.Error) -> str:
    return str(error).partition("\nLINE")[0].partition("\n\n")[0].replace("\n", " ").strip()


def _error_line(error: duckdb.Error, default: int) -> int:
    match = re.search(r"^LINE (\d+):", str(error), re.MULTILINE)
    return int(match.group(1)) if match else default
