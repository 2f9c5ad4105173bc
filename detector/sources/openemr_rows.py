"""OpenEMR's audit log: rows of the table ``log``, by themselves or joined with ``api_log`` and ``log_comment_encrypt``.

The comments hold the SQL statement with its values, in base64 since version 6, in plain text before, encrypted where
the site wants it. What they tell is a gain; nothing depends on them.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import ipaddress
import itertools
import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final
from urllib.parse import parse_qsl, urlsplit

from detector.sources.sql_statements import SqlStatement, read_statements

Row = Mapping[str, str | None]

COLUMNS: Final = (
    "id", "date", "event", "category", "user", "groupname", "comments", "user_notes", "patient_id", "success",
    "checksum", "crt_user", "log_from", "menu_item_id", "ccda_doc_id",
)  # fmt: skip
"""The columns of ``log``, in the order of its definition."""
NEEDED: Final = frozenset({"date", "event", "user"})
"""Columns that an export of the table cannot do without."""
PLAIN: Final = frozenset({"comments", "patient_id", "success"})
OWN: Final = frozenset({"comments", "groupname", "user_notes", "crt_user", "log_from", "menu_item_id", "ccda_doc_id"})
LEAST_OWN: Final = 3
"""It is known by all of ``PLAIN`` beside them, or by so many of those that no other system has."""
_HASHED: Final = (
    "date", "event", "category", "user", "groupname", "comments", "user_notes", "patient_id", "success", "crt_user",
    "log_from", "menu_item_id", "ccda_doc_id",
)  # fmt: skip
"""What a row's checksum is over, in the order of the insertion."""
_NUMBERS: Final = frozenset({"patient_id", "success", "menu_item_id", "ccda_doc_id"})
"""Columns that store 0 or NULL where nothing was given."""
_CHECKSUM: Final = re.compile(r"[0-9a-f]{128}", re.IGNORECASE)
_BASE64: Final = re.compile(r"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?")
_LOGIN: Final = re.compile(r"(?:success|failure): ?(\S+)")
_BINDS: Final = re.compile(r"\s\('(.*)',?\)\s*$", re.DOTALL)
_PID: Final = re.compile(r"(?<![\w`.])((?:\w+\.|`\w+`\.)?`?)(?:pc_)?pid(?!\w)", re.IGNORECASE)

_SUFFIXES: Final = {"select": "view", "insert": "create", "update": "update", "replace": "update", "delete": "delete"}
_EVENTS: Final = {
    "login": "login", "logout": "logout", "auth": "login", "view": "view", "print": "print", "disclosures": "export",
    "disclosure": "export", "export": "export", "backup": "export", "search": "search", "delete": "delete",
}  # fmt: skip
_METHODS: Final = {"GET": "view", "HEAD": "view", "POST": "create", "PUT": "update", "PATCH": "update",
                   "DELETE": "delete"}  # fmt: skip
_PREFIXES: Final = (
    ("lab-order", "order"), ("lab-results", "result"), ("lab-result", "result"), ("order", "medication"),
    ("scheduling", "list"), ("security-administration", "other"),
)  # fmt: skip
_TABLES: Final = {
    "patient_data": "demographics", "employer_data": "demographics", "insurance_data": "demographics",
    "prescriptions": "medication", "immunizations": "medication", "drugs": "medication",
    "billing": "billing", "claims": "billing", "payments": "billing", "ar_activity": "billing", "ar_session": "billing",
    "procedure_order": "order", "procedure_order_code": "order",
    "procedure_report": "result", "procedure_result": "result",
    "openemr_postcalendar_events": "list",
}  # fmt: skip
"""Categories of OpenEMR's tables; any other table of the record is a note."""
_CATEGORIES: Final[Mapping[str, str | None]] = MappingProxyType({
    "patient demographics": "demographics", "patient insurance": "demographics", "medication": "medication",
    "immunization": "medication", "billing": "billing", "lab order": "order", "lab result": "result",
    "scheduling": "list", "problem list": "note", "allergy": "note", "vitals": "note", "encounter form": "note",
    "social and family history": "note", "clinical mail": "note", "referral": "note", "amendments": "note",
    "security": "other", "patient portal": None,
})  # fmt: skip
_QUERY_WORDS: Final = {
    "name": "name", "family": "name", "given": "name", "fname": "name", "lname": "name", "telecom": "phone",
    "phone": "phone", "phone_cell": "phone", "phone_home": "phone", "identifier": "patient_id", "_id": "patient_id",
    "patient": "patient_id", "pid": "patient_id", "puuid": "patient_id", "ss": "id_number",
}  # fmt: skip
_PAGING: Final = frozenset({"_count", "_offset", "_limit", "_sort", "_format", "page", "limit", "offset", "site"})


def openemr_record(row: Row) -> dict[str, str | None]:
    """Return the event of a row by canonical column names."""
    event = (row.get("event") or "").strip().lower()
    comments = plain_comments(row)
    statement = _statement(comments) if comments else None
    query = _query(row) if event == "api" else {}
    action = _action(event, row, query)
    return {
        "event_id": row.get("id"),
        "event_time": row.get("date"),
        "user_id": _said(row.get("user")),
        "user_department": _said(row.get("groupname")),
        "patient_id": _number(row.get("patient_id")) or _number(row.get("patient_id_api")) or _bound_patient(statement),
        "action": action,
        "category": _category(event, row, statement),
        "query_by": next((_QUERY_WORDS.get(name, "other") for name in query), None) if action == "search" else None,
        "client_ip": _said(row.get("ip_address")) or (_login_address(comments) if action == "login" else None),
        "application": _said(row.get("log_from")),
        "outcome": {"1": "success", "0": "failure"}.get(row.get("success") or ""),
    }


def plain_comments(row: Row) -> str | None:
    """Return the comments as text; None where they are encrypted."""
    text = row.get("comments") or ""
    if is_encrypted(row):
        return None
    return _decoded(text)


def is_encrypted(row: Row) -> bool:
    """Whether the row says that its comments are encrypted."""
    return (row.get("encrypt") or "").strip().lower() == "yes"


def _decoded(text: str) -> str:
    """Return what base64 says where it says text; else the text as it is."""
    bare = text.strip()
    if len(bare) >= 8 and len(bare) % 4 == 0 and _BASE64.fullmatch(bare):
        try:
            found = base64.b64decode(bare, validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            return text
        if found.isprintable() or not re.search(r"[\x00-\x08\x0e-\x1f]", found):
            return found
    return text


def has_wrong_checksum(row: Row, checksum: str | None) -> bool:
    """Return whether a plain row is not the one that its checksum was made of.

    A number that was not given was hashed as nothing, or as 0, whichever the column stores.
    """
    if not checksum or not _CHECKSUM.fullmatch(checksum) or is_encrypted(row):
        return False
    if any(column not in row for column in _HASHED if column not in _NUMBERS or column in PLAIN):
        return False
    choices = [
        ("", "0") if column in _NUMBERS and (row.get(column) or "0") == "0" else (row.get(column) or "",)
        for column in _HASHED
    ]
    wanted = checksum.lower()
    return all(
        hashlib.sha3_512("".join(one).encode("utf-8", "replace")).hexdigest() != wanted
        for one in itertools.product(*choices)
    )


def _said(text: str | None) -> str | None:
    return (text or "").strip() or None


def _number(text: str | None) -> str | None:
    bare = (text or "").strip()
    return None if bare in {"", "0"} or bare.upper() == "NULL" else bare


def _action(event: str, row: Row, query: Mapping[str, str]) -> str:
    if event in _EVENTS:
        return _EVENTS[event]
    if event == "api":
        method = (row.get("method") or "").strip().upper()
        return "search" if method == "GET" and query else _METHODS.get(method, "other")
    if "search" in event:
        return "search"
    return _SUFFIXES.get(event.rsplit("-", 1)[-1], _EVENTS.get(event.split("-", 1)[0], "other"))


def _query(row: Row) -> dict[str, str]:
    """Return what the request of an interface asks for, paging left out."""
    url = _decoded(row.get("request_url") or "")
    try:
        asked = parse_qsl(urlsplit(url).query, keep_blank_values=True, max_num_fields=100)
    except ValueError:
        return {}
    return {name.split(":")[0]: value for name, value in asked if name not in _PAGING}


def _category(event: str, row: Row, statement: SqlStatement | None) -> str | None:
    for prefix, category in _PREFIXES:
        if event.startswith(prefix):
            return category
    said = (row.get("category") or "").strip().lower()
    if said in _CATEGORIES:
        return _CATEGORIES[said]
    if statement is not None and statement.tables:
        table = statement.tables[0].rsplit(".", 1)[-1]
        return _TABLES.get(table, "note" if event.startswith("patient-record") else None)
    return None


def _statement(comments: str) -> SqlStatement | None:
    """Return the statement of the comments, the values that were bound to it in their places."""
    binds = _BINDS.search(comments)
    sql, values = comments, ()
    if binds is not None and "?" in comments[: binds.start()]:
        sql, values = comments[: binds.start()], tuple(binds[1].removesuffix("'").split("','"))
    if sql.count("?") != len(values):
        values = ()
    return next(iter(read_statements(_PID.sub(r"\1patient_id", sql), values, mysql=True)), None)


def _bound_patient(statement: SqlStatement | None) -> str | None:
    patients = [one for one in statement.patients if one] if statement is not None else []
    return _number(patients[0]) if len(patients) == 1 else None


def _login_address(comments: str | None) -> str | None:
    """Return the address in the comments of a log-in; one in brackets behind it was sent by the client."""
    match = _LOGIN.match((comments or "").strip())
    if match is None:
        return None
    try:
        return str(ipaddress.ip_address(match[1].rstrip(".,;")))
    except ValueError:
        return None
