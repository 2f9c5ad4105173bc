"""The rows of Oracle's unified audit trail (``UNIFIED_AUDIT_TRAIL``), as a query tool exports them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from detector.sources.database_sessions import DatabaseLine
from detector.sources.sql_statements import ACTIONS

NEEDED: Final = frozenset({"dbusername", "actionname"})
"""Columns that every such export has, without underscores and in lower case."""
_BIND: Final = re.compile(r"\s*#\d+\((\d+)\):")
_ADDRESS: Final = re.compile(r"\(HOST=([0-9A-Fa-f.:]+)\)")
_ISO: Final = re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(?:\.\d+)?$")


def oracle_line(row: Mapping[str, str | None]) -> DatabaseLine:
    """Return the line that a row is, given by its column names without underscores and in lower case."""
    name = (row.get("actionname") or "").upper()
    code = row.get("returncode")
    session = row.get("sessionid") or row.get("auditsessionid") or ""
    address = _ADDRESS.search(row.get("authenticationtype") or "")
    person = (row.get("clientidentifier") or "").strip() or None
    schema, table = row.get("objectschema"), row.get("objectname")
    kind = {"LOGON": "login", "LOGOFF": "logout", "LOGOFF BY CLEANUP": "logout"}.get(name, "statement")
    if name == "EXPORT" or (row.get("audittype") or "").lower() == "datapump":
        kind = "export"
    elif kind == "statement" and name.lower() not in ACTIONS:
        kind = "other"
    statement = row.get("statementid")
    entry = row.get("entryid")
    extra: dict[str, str | None] = {}
    if person:
        extra["user_id"] = person
    if address and row.get("userhost"):
        extra["workstation"] = row.get("userhost")
    return DatabaseLine(
        kind, _time(row), row.get("dbusername"), session, address[1] if address else row.get("userhost"),
        row.get("clientprogramname"), schema, row.get("sqltext") or "", bind_values(row.get("sqlbinds") or ""),
        name.lower(), (f"{schema}.{table}".lower() if schema else table.lower(),) if table else (), None,
        statement, "", None, f"{row.get('instanceid') or 1}-{session}-{entry}" if session and entry else None,
        failed=code not in {None, "", "0"}, extra=extra,
    )  # fmt: skip


def oracle_columns(header: tuple[str, ...]) -> dict[int, str] | None:
    """Return the column for each place of a header; None where it is no export of the unified audit trail."""
    found = {place: text.strip().strip('"').replace("_", "").lower() for place, text in enumerate(header)}
    return found if set(found.values()) >= NEEDED else None


def bind_values(text: str) -> tuple[str | None, ...]:
    """Return the values of ``SQL_BINDS``: `` #1(3):abc #2(2):42``, each with its length."""
    values: list[str | None] = []
    place = 0
    while (match := _BIND.match(text, place)) is not None:
        end = match.end() + int(match[1])
        value = text[match.end() : end]
        values.append(None if value in {"", "NULL"} else value)
        place = end
    return tuple(values)


def _time(row: Mapping[str, str | None]) -> str | None:
    """Return the time: the one in UTC where its form leaves no doubt, else the one of the database's zone."""
    utc, local = row.get("eventtimestamputc"), row.get("eventtimestamp")
    if utc and _ISO.match(utc):
        return f"{utc}+00:00"
    return local or (f"{utc} +00:00" if utc else None)
