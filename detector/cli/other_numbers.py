"""Identifiers that somebody types: by the crosswalk they may stand for another account or record."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final, Literal

from detector.cli.render.text import shown
from detector.database.queries import rows
from detector.database.rows import select

if TYPE_CHECKING:
    import duckdb

    from detector.texts import Texts

Identifier = Literal["user_id", "patient_id"]
SEEN: Final = {"user_id": "account_spans", "patient_id": "patient_days"}
"""Where an identifier stands that logs have for somebody of its own."""


def stands_for(connection: duckdb.DuckDBPyConnection, column: Identifier, given: str) -> str | None:
    """Return the account or record that an identifier stands for by the crosswalk; None where it names no other."""
    found = rows(connection, "cli", "stands_for.sql", id_column=column, id=given)
    return str(found[0]["canonical_id"]) if found else None


def meant(connection: duckdb.DuckDBPyConnection, column: Identifier, given: str) -> str:
    """Return what an identifier stands for where nobody has it as the own one, else the identifier."""
    other = stands_for(connection, column, given)
    if other is None or select(connection, f"select 1 from {SEEN[column]} where {column} = ? limit 1", [given]):
        return given
    return other


def look_alikes(connection: duckdb.DuckDBPyConnection, number: str) -> list[str]:
    """Return the first records of the patients table whose number differs in leading zeros only."""
    found = select(
        connection,
        "select patient_id from patients where ltrim(patient_id, '0') = ltrim(?, '0') order by patient_id limit 3",
        [number.removesuffix(".0")],
    )
    return [str(row["patient_id"]) for row in found]


def tell_account(texts: Texts, given: str, user: str) -> None:
    """Say on stderr that an account's number stands for another one."""
    if user != given:
        sys.stderr.write(f"{shown(texts('user.other_number', given=given, user=user))}\n")
