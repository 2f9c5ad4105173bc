"""The lines of MySQL and MariaDB: the general log, and the log of MariaDB's audit plugin, which Percona's follows."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from detector.sources.database_sessions import DatabaseLine

ENTRY: Final = re.compile(
    r"(?:(?P<short>\d{6}\s+\d{1,2}:\d\d:\d\d)|(?P<iso>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)?))?"
    r"\t+\s*(?P<id>\d+) (?P<command>[A-Z][A-Za-z]*(?: [A-Za-z]+)?)(?:\t(?P<text>.*))?\Z",
    re.DOTALL,
)
"""An entry of the general log; the time is left out where it is that of the entry before."""
HEADER: Final = re.compile(
    r".*, Version: .* started with:\s*$|Tcp port: .*|Time\s+Id Command\s+Argument\s*$", re.IGNORECASE
)
"""The three lines that the server writes each time it opens the log."""
AUDIT: Final = re.compile(
    r"(?P<time>\d{8} \d\d:\d\d:\d\d|\d{16}),(?P<server>[^,]*),(?P<user>[^,]*),(?P<host>[^,]*),(?P<connection>\d*),"
    r"(?P<query>\d*),(?P<operation>[A-Z_]+),(?P<database>[^,]*),(?P<object>.*?),?(?P<code>\d*)\s*\Z",
    re.DOTALL,
)
_COMMANDS: Final = frozenset({"Query", "Execute"})
_CONNECT: Final = re.compile(r"(?P<user>[^@\s]*)@(?P<host>\S+)")
_DENIED: Final = re.compile(r"Access denied for user '(?P<user>[^']*)'@'(?P<host>[^']*)'")
_TABLE_OPERATIONS: Final = frozenset({"READ", "WRITE", "CREATE", "ALTER", "RENAME", "DROP"})
"""What the plugin writes for each table that a statement touches, before the statement's own line."""
_ESCAPES: Final = re.compile(r"\\(.)", re.DOTALL)
_LETTERS: Final = {"n": "\n", "t": "\t", "r": "\r", "0": ""}


@dataclass(slots=True)
class GeneralLog:
    """The entries of a general log in their order: the account is known from the connection's own entry."""

    time: str | None = None
    users: dict[str, tuple[str | None, str | None]] = field(default_factory=dict)

    def line(self, text: str) -> DatabaseLine | None:
        """Return the line that an entry is, None for the log's own header."""
        match = ENTRY.match(text.rstrip("\r\n"))
        if match is None:
            return None
        self.time = _general_time(match) or self.time
        session, command, argument = match["id"], match["command"], (match["text"] or "").strip("\r\n")
        denied = _DENIED.match(argument)
        if denied is not None:
            self.users.pop(session, None)
            return self._line("login", session, denied["user"], denied["host"], failed=True)
        if command in {"Connect", "Change user"}:
            named = _CONNECT.match(argument)
            if named is not None:
                self.users[session] = (named["user"] or None, named["host"])
            return self._line("login", session, *self.users.get(session, (None, None)))
        user, host = self.users.get(session, (None, None))
        if command == "Quit":
            self.users.pop(session, None)
            return self._line("logout", session, user, host)
        if command in _COMMANDS:
            return replace(self._line("statement", session, user, host), sql=argument)
        return self._line("other", session, user, host)

    def _line(
        self, kind: str, session: str, user: str | None, host: str | None, *, failed: bool = False
    ) -> DatabaseLine:
        return DatabaseLine(kind, self.time, user, session, host, failed=failed, mysql=True)


def _general_time(match: re.Match[str]) -> str | None:
    if match["iso"]:
        return match["iso"]
    if not match["short"]:
        return None
    day, clock = match["short"].split()
    return f"20{day[:2]}-{day[2:4]}-{day[4:]} {clock:0>8}"


def refused_logins(lines: Sequence[DatabaseLine | None]) -> Iterator[tuple[DatabaseLine | None, bool]]:
    """Yield the lines, and whether each is a further one of the log-in before it.

    The general log writes a log-in when it is tried, and a second entry where it is refused: one log-in that failed.
    """
    first = list(lines)
    repeats: set[int] = set()
    tried: dict[str, int] = {}
    for place, line in enumerate(first):
        if line is None:
            continue
        if line.kind == "login" and line.failed and line.session in tried:
            before = tried.pop(line.session)
            earlier = first[before]
            if earlier is not None:
                first[before] = replace(earlier, failed=True)
                repeats.add(place)
        elif line.kind == "login":
            tried[line.session] = place
        else:
            tried.pop(line.session, None)
    for place, line in enumerate(first):
        yield line, place in repeats


def audit_line(text: str) -> DatabaseLine | None:
    """Return the line of the audit plugin that a text is; None where it is none."""
    match = AUDIT.match(text)
    if match is None:
        return None
    operation, time = match["operation"], _audit_time(match["time"])
    session, query, shown = match["connection"], match["query"], match["object"]
    line = DatabaseLine(
        "other", time, match["user"] or None, session, match["host"] or None, database=match["database"] or None,
        event_id=f"{match['server']}-{match['time'].replace(' ', 'T')}-{session}-{query}-{operation}",
        failed=match["code"] not in {"", "0"}, mysql=True,
    )  # fmt: skip
    if operation in {"CONNECT", "FAILED_CONNECT"}:
        return replace(line, kind="login", failed=line.failed or operation == "FAILED_CONNECT")
    if operation == "DISCONNECT":
        return replace(line, kind="logout", failed=False)
    if operation == "QUERY":
        return replace(line, kind="statement", sql=_unquoted(shown), statement_id=query, part="")
    if operation in _TABLE_OPERATIONS:
        table = f"{match['database']}.{shown}".lower() if match["database"] else shown.lower()
        command = {"READ": "select", "WRITE": "update", "DROP": "drop"}.get(operation, operation.lower())
        return replace(
            line, kind="statement", command=command, objects=(table,), statement_id=query, part="", event_id=None,
            failed=False,
        )  # fmt: skip
    return line


def statement_first(lines: Sequence[DatabaseLine | None]) -> Iterator[tuple[DatabaseLine | None, bool]]:
    """Yield the lines, and whether each is a further one of a statement whose own line follows.

    The plugin writes a line for each table before the line of the statement.
    """
    with_text = {
        (line.session, line.statement_id) for line in lines if line is not None and line.statement_id and line.sql
    }
    for line in lines:
        yield (
            line,
            line is not None and bool(line.objects) and not line.sql and (line.session, line.statement_id) in with_text,
        )


def _audit_time(text: str) -> str:
    if len(text) == 16:
        moment = dt.datetime.fromtimestamp(int(text) / 1e6, dt.UTC)
        return moment.strftime("%Y-%m-%d %H:%M:%S.%f+00:00")
    return f"{text[:4]}-{text[4:6]}-{text[6:8]} {text[9:]}"


def _unquoted(text: str) -> str:
    if len(text) >= 2 and text[0] == text[-1] == "'":
        text = text[1:-1]
    elif text.startswith("'"):
        text = text[1:]
    return _ESCAPES.sub(lambda match: _LETTERS.get(match[1], match[1]), text)
