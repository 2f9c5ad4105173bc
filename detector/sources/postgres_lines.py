"""The lines of PostgreSQL logs that pgaudit wrote: csvlog, jsonlog, stderr, and pgauditlogtofile's own layouts."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Sequence
from typing import Any, Final

from detector.sources.database_sessions import DatabaseLine

csv.field_size_limit(1 << 30)
CSVLOG_COLUMNS: Final = (23, 24, 26)
"""How many columns csvlog has: up to version 12, in 13, from 14 on."""
MARK: Final = "AUDIT: "
_CLASSES: Final = frozenset({"READ", "WRITE", "FUNCTION", "ROLE", "DDL", "MISC", "MISC_SET"})
_ZONE: Final = re.compile(r"\s+([A-Za-z]{1,5})$")
_CERTAIN_ZONES: Final = frozenset({"UTC", "GMT", "Z"})
_TIME: Final = re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(?:[.,]\d+)?(?: ?[+-]\d\d(?::?\d\d)?| [A-Z]{1,5}\b)?")
_SEVERITY: Final = re.compile(
    r"\b(?:LOG|ERROR|FATAL|PANIC|WARNING|NOTICE|INFO|DEBUG\d?|STATEMENT|DETAIL|HINT|CONTEXT):\s+"
)
_SESSION: Final = re.compile(r"\b[0-9a-f]{8}\.[0-9a-f]{1,8}\b")
_USER_AT: Final = re.compile(r"(?<![\w=.])([^\s@,\[\]=():/]+)@([^\s,\[\]=():/]+)(?:/([^\s\[\],:]+))?")
_HOST: Final = re.compile(
    r"(?<![\w.])((?:\d{1,3}\.){3}\d{1,3})(?:\(\d+\))?(?![\w.])"
    r"|(?<![\w.:])([0-9a-fA-F]*(?::[0-9a-fA-F]*){2,7})(?:\(\d+\))?(?![\w.:])"
)
_PID: Final = re.compile(r"\[(\d+)(?:-\d+)?\]")
_ASIDE: Final = re.compile(r"(?:duration: [\d.]+ ms\s+)?(?:statement|(?:execute|parse|bind) [^:]*): (.*)", re.DOTALL)
_JSON_NAMES: Final = {
    "user": ("user", "db.user"), "database": ("dbname", "db.name"), "pid": ("pid", "custom.process_id"),
    "host": ("remote_host", "net.peer.name"), "session": ("session_id", "custom.session_id"),
    "application": ("application_name", "custom.application_name"),
    "transaction": ("vxid", "custom.virtual_transaction_id"), "message": ("message",),
}  # fmt: skip


def csv_line(fields: Sequence[str]) -> DatabaseLine | None:
    """Return the line that a row of csvlog is; None where it is no audit and sets nothing."""
    if len(fields) not in CSVLOG_COLUMNS:
        return None
    values = [value or None for value in fields]
    return _line(
        time=fields[0], user=values[1], database=values[2], pid=fields[3], host=without_port(values[4]),
        session=values[5], transaction=values[9], message=fields[13], application=values[22],
    )  # fmt: skip


def audit_file_line(fields: Sequence[str]) -> DatabaseLine | None:
    """Return the line that a row of pgauditlogtofile is: pgaudit's fields stand among the others, by themselves.

    Statement and parameters are one field in newer versions, several in older ones.
    """
    start = next(
        (place for place in range(6, len(fields) - 7)
         if fields[place].removeprefix(MARK) in {"SESSION", "OBJECT"} and fields[place + 3] in _CLASSES
         and fields[place + 1].isdigit() and fields[place + 2].isdigit()), None,
    )  # fmt: skip
    if start is None:
        return None
    values = [value or None for value in fields]
    audit = [fields[start].removeprefix(MARK), *fields[start + 1 : start + 7]]
    rest = list(fields[start + 7 :])
    is_joined = len(rest) < 2 or not (rest[1].startswith("<") or rest[1].isdigit())
    joined = _audit_fields(rest[0]) if is_joined else []
    audit += joined if len(joined) >= 2 else rest[:3]
    application = next((value for value in reversed(rest[8:]) if value and not re.fullmatch(r"[\d.: -]+", value)), None)
    vxid = next((value for value in fields[6:start] if re.fullmatch(r"\d+/\d+", value)), None)
    return _line(
        time=fields[0], user=values[1], database=values[2], pid=fields[3], host=without_port(values[4]),
        session=values[5], transaction=vxid, audit=audit, application=application,
    )  # fmt: skip


def json_line(record: dict[str, Any]) -> DatabaseLine | None:
    """Return the line that a JSON object of jsonlog or pgauditlogtofile is."""
    found = {
        name: next((str(record[key]) for key in keys if record.get(key) not in {None, ""}), None)
        for name, keys in _JSON_NAMES.items()
    }
    audit = None
    if "custom.audit_type" in record:
        names = ("audit_type", "statement_id", "substatement_id", "class", "command", "object_type", "object_name")
        audit = [str(record.get(f"custom.{name}") or "") for name in names]
        audit += _audit_fields(str(record.get("content") or ""))
    return _line(
        time=str(record.get("timestamp") or ""), user=found["user"], database=found["database"],
        pid=found["pid"] or "", host=found["host"], session=found["session"],
        transaction=found["transaction"], message=found["message"] or "", audit=audit, application=found["application"],
    )  # fmt: skip


def text_entry(text: str) -> bool:
    """Return whether a line is one of a plain log: a time, and how serious it is."""
    severity = _SEVERITY.search(text)
    return severity is not None and _TIME.search(text, 0, severity.start()) is not None


def text_line(text: str) -> DatabaseLine | None:
    """Return the line that an entry of a plain log is, further lines included; its prefix is the site's own."""
    severity = _SEVERITY.search(text)
    if severity is None:
        return None
    prefix, message = text[: severity.start()], text[severity.end() :].replace("\n\t", "\n")
    time = _TIME.search(prefix)
    if time is None:
        return None
    rest = prefix[: time.start()] + " " + prefix[time.end() :]
    named = {key: _named(rest, words) for key, words in _PREFIX_KEYS.items()}
    at, session, pid, host = _USER_AT.search(rest), _SESSION.search(rest), _PID.search(rest), _HOST.search(rest)
    return _line(
        time=time[0], user=named["user"] or (at[1] if at else None), database=named["db"] or (at[2] if at else None),
        pid=pid[1] if pid else "", host=_bare_host(named["host"]) or (host[1] or host[2] if host else None),
        session=session[0] if session else None, transaction=None, message=message.rstrip("\r\n"),
        application=named["app"] or (at[3] if at else None),
    )  # fmt: skip


_PREFIX_KEYS: Final = {
    "user": ("user", "usr", "u"), "db": ("db", "database", "d"), "app": ("app", "application", "application_name", "a"),
    "host": ("client", "host", "remote", "h", "r"),
}  # fmt: skip


def _named(prefix: str, words: tuple[str, ...]) -> str | None:
    for word in words:
        match = re.search(rf"(?<![\w]){word}=([^,\]\s]*)", prefix)
        if match and match[1]:
            return match[1]
    return None


def _bare_host(host: str | None) -> str | None:
    return re.sub(r"\(\d+\)$", "", host) if host else None


def without_port(host: str | None) -> str | None:
    """Return the client of csvlog's ``host:port``."""
    if not host or host.startswith("["):
        return host
    name, _, port = host.rpartition(":")
    return name if name and port.isdigit() else host


def plain_time(text: str) -> str:
    """Return a time without the abbreviation of its zone, which means several: the configured zone holds.

    UTC means one, and stays.
    """
    match = _ZONE.search(text)
    if match is None:
        return text
    bare = text[: match.start()]
    return f"{bare}+00:00" if match[1].upper() in _CERTAIN_ZONES else bare


def _audit_fields(text: str) -> list[str]:
    """Return the fields of pgaudit's own CSV; quotes and line breaks stand within it."""
    return next(csv.reader(io.StringIO(text, newline="")), [])


def _parameters(text: str) -> tuple[str | None, ...]:
    if text in {"", "<none>", "<not logged>"}:
        return ()
    return tuple(_audit_fields(text))


def _line(
    *,
    time: str,
    user: str | None,
    database: str | None,
    pid: str,
    host: str | None,
    session: str | None,
    transaction: str | None,
    application: str | None,
    message: str = "",
    audit: list[str] | None = None,
) -> DatabaseLine | None:
    known = session or pid
    if audit is None and message.startswith(MARK):
        audit = _audit_fields(message[len(MARK) :])
    if audit is None:
        aside = _ASIDE.match(message)
        if aside is None:
            return None
        return DatabaseLine("aside", None, user, known, sql=aside[1], transaction=transaction)
    if len(audit) < 8 or audit[3] not in _CLASSES:
        return None
    _, number, part, audit_class, command, _, name, sql = audit[:8]
    rows = audit[9] if len(audit) > 9 else ""
    request = f"{session}:{number}:{part}" if session else None
    tables = (name.lower().replace('"', ""),) if name else ()
    if audit_class not in {"READ", "WRITE"}:
        command = command or "other"
    return DatabaseLine(
        "statement", plain_time(time.strip()), user, known, host, application, database, sql,
        _parameters(audit[8] if len(audit) > 8 else ""), command, tables, int(rows) if rows.isdigit() else None, number,
        part, transaction, None, request,
    )  # fmt: skip


_JSON_FIELD: Final = re.compile(r'("(?:[^"\\]|\\.)*"|[^,"]*)(?:,|$)')


def json_fields(text: str) -> list[str]:
    """Return the fields of a row whose values are quoted as in JSON. Raises ValueError where one is not."""
    row = text.rstrip("\r\n")
    fields: list[str] = []
    place = 0
    while place <= len(row):
        match = _JSON_FIELD.match(row, place)
        if match is None:
            raise ValueError("a field that is not quoted as it should be")
        fields.append(json.loads(match[1]) if match[1].startswith('"') else match[1])
        if match.end() == len(row):
            break
        place = match.end()
    return fields


def csv_fields(text: str) -> list[str]:
    """Return the fields of one record of delimited text; quotes and line breaks may stand within."""
    return _audit_fields(text.rstrip("\r\n"))


def read_json(text: str) -> DatabaseLine | None:
    """Return the line that a line of JSON is. Raises ValueError where it is no JSON."""
    record = json.loads(text)
    return json_line(record) if isinstance(record, dict) else None
