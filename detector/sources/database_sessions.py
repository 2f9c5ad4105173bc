"""From the lines of a database log to events: who sat behind a session, what a statement did, which lines are one.

A *line* is what a database wrote of one statement, log-in or log-out, whatever its product. The lines of a session are
given in their order: what a statement means may depend on those before it.
"""

from __future__ import annotations

import ipaddress
import re
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Final

from detector.sources.sql_statements import ACTIONS, READS, SqlStatement, read_statements

SEPARATOR: Final = "\x1f"
"""Between the patients of one record."""
_MOST_SESSIONS: Final = 20_000
_MOST_PATIENTS: Final = 200
_DUMP_PROGRAMS: Final = re.compile(
    r"(?:expdp|exp|ude|udexp|pg_dump|pg_dumpall|mysqldump|mariadb-dump|mydumper|sqluldr2?)\b", re.IGNORECASE
)
_SENSITIVE: Final = ("psychiatric", "reproductive", "infectious")
_NOT_LOGGED: Final = frozenset({"", "<not logged>", "<previously logged>"})

CanonicalRecord = dict[str, str | None]
"""A record by canonical column names; ``patient_id`` may name several patients."""


@dataclass(frozen=True, slots=True)
class DatabaseLine:
    """One line of a database log.

    ``kind``: ``statement``, ``login``, ``logout``, ``export``, ``other``, or ``aside`` for a line that is no audit but
    may set the session's user. ``command``: what the database says that it did. ``statement_id``: by which the lines
    of one statement know each other within the session, ``part`` of it. ``objects``: tables that the line itself
    names. ``transaction``: by which a setting for one transaction ends.
    """

    kind: str
    time: str | None
    account: str | None
    session: str = ""
    host: str | None = None
    application: str | None = None
    database: str | None = None
    sql: str = ""
    parameters: tuple[str | None, ...] = ()
    command: str = ""
    objects: tuple[str, ...] = ()
    rows: int | None = None
    statement_id: str | None = None
    part: str = ""
    transaction: str | None = None
    event_id: str | None = None
    request_id: str | None = None
    failed: bool = False
    mysql: bool = False
    extra: Mapping[str, str | None] = field(default_factory=dict)


@dataclass(slots=True)
class _SessionState:
    """What is known of a session from its earlier lines."""

    person: str | None = None
    local_to: str | None = None
    is_local: bool = False
    named: dict[str, SqlStatement] = field(default_factory=dict)
    batch: str = ""
    batch_next: int = 0
    statement_id: str | None = None
    given: dict[str, CanonicalRecord] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    is_inherited: bool = False


@dataclass(frozen=True, slots=True)
class TableCategories:
    """``[source.tables]``: which category of record a table holds. A name without schema stands for any schema."""

    by_name: Mapping[str, str]

    def category(self, tables: tuple[str, ...], database: str | None) -> str | None:
        """Return the category of the tables that a statement names: the most sensitive, else the first that is known.

        ``other`` where the site named its tables and none of these is one; None where it named none.
        """
        if not self.by_name or not tables:
            return None
        found = [category for table in tables if (category := self._of(table, database)) is not None]
        return next((one for one in found if one in _SENSITIVE), found[0] if found else "other")

    def _of(self, table: str, database: str | None) -> str | None:
        names = [table, f"{database.lower()}.{table}"] if database else [table]
        names.append(table.rsplit(".", 1)[-1])
        for name in names:
            if name in self.by_name:
                return self.by_name[name]
        if "." in table:
            return None
        unqualified = {category for name, category in self.by_name.items() if name.rsplit(".", 1)[-1] == table}
        return unqualified.pop() if len(unqualified) == 1 else None


class DatabaseSessions:
    """The sessions of one log, from its beginning on."""

    def __init__(self, session_user: frozenset[str], tables: Mapping[str, str]) -> None:
        self._session_user = frozenset(name.lower().lstrip("@") for name in session_user)
        self._categories = TableCategories({name.lower(): category for name, category in tables.items()})
        self._states: OrderedDict[str, _SessionState] = OrderedDict()

    def go_on_from(self, earlier: DatabaseSessions, lasting: re.Pattern[str] | None) -> None:
        """Let sessions that another log left open go on: who works in them, as that log itself said.

        ``lasting`` is what the names of sessions look like that mean no other one later; None: all do.
        """
        for session, state in earlier._states.items():
            if state.person is not None and not state.is_inherited and (lasting is None or lasting.fullmatch(session)):
                self._states[session] = _SessionState(state.person, state.local_to, state.is_local, is_inherited=True)

    def record(self, line: DatabaseLine) -> CanonicalRecord | None:
        """Return the event of a line; None where it is a further line of one that was given, or no audit."""
        state = self._state(line.session)
        if line.kind == "aside":
            for statement in read_statements(line.sql, line.parameters, mysql=line.mysql):
                self._note(state, statement, line)
            return None
        if line.kind != "statement":
            if line.kind in {"login", "logout"}:  # the number of a connection comes again after a restart
                self._states.pop(line.session, None)
            return self._other_event(state, line)
        if line.statement_id is not None and line.statement_id != state.statement_id:
            state.statement_id, state.given = line.statement_id, {}
            state.texts = {}
        line = self._with_text(state, line)
        earlier = state.given.get(line.part) if line.statement_id is not None else None
        if earlier is not None:
            _take_most_rows(earlier, line)
            return None
        statement = self._executed(state, line)
        if line.statement_id is not None and statement.verb == "copy" and state.given:
            copied = next((one for one in state.given.values() if one["action"] == statement.action), None)
            if copied is not None:
                _take_most_rows(copied, line)
                return None
        self._note(state, statement, line)
        event = self._statement_event(state, statement, line)
        if line.statement_id is not None:
            state.given[line.part] = event
        return event

    def _other_event(self, state: _SessionState, line: DatabaseLine) -> CanonicalRecord:
        """Return the event of a line that is no statement; a whole export names its tables all the same."""
        event = self._event(line, line.kind, state.person if line.kind == "logout" else None)
        if line.kind == "export":
            event["category"] = self._categories.category(line.objects, line.database)
        return event

    def _state(self, session: str) -> _SessionState:
        state = self._states.get(session)
        if state is None:
            state = self._states[session] = _SessionState()
            if len(self._states) > _MOST_SESSIONS:
                self._states.popitem(last=False)
        else:
            self._states.move_to_end(session)
        return state

    def _with_text(self, state: _SessionState, line: DatabaseLine) -> DatabaseLine:
        """Return the line with the text that an earlier line of the statement has, where it has none."""
        if line.sql not in _NOT_LOGGED:
            state.texts["last"] = line.sql
            return line
        return replace(line, sql=state.texts.get("last", "") if line.sql == "<previously logged>" else "")

    def _executed(self, state: _SessionState, line: DatabaseLine) -> SqlStatement:
        """Return what ran: of several statements in one text the one whose turn it is."""
        statements = read_statements(line.sql, line.parameters, mysql=line.mysql)
        command = line.command.split(" ")[0].lower()
        if not statements:
            return SqlStatement(command, ACTIONS.get(command, "other") if line.command else "other", line.objects)
        statement = statements[0]
        if len(statements) > 1:
            statement = self._of_batch(state, statements, line, command)
        if statement.verb in {"prepare", "declare"} and command not in {"", statement.verb}:
            inner = statement.inner
            statement = statement if inner is None else inner
        elif statement.verb in {"fetch", "move", "execute"} and statement.named is not None:
            return state.named.get(statement.named, statement)
        if not statement.tables and line.objects:
            statement = replace(statement, tables=line.objects)
            if statement.action == "other" and statement.verb == "select":
                statement = replace(statement, action="search")
        return statement

    def _of_batch(
        self, state: _SessionState, statements: tuple[SqlStatement, ...], line: DatabaseLine, command: str
    ) -> SqlStatement:
        """Return one of several statements that were sent together.

        Where the database has a line for each of them, all with the whole text, these come in their order. Else the
        line stands for all.
        """
        if not command:
            for one in statements:
                self._note(state, one, line)
            return _all_of(statements)
        if state.batch != line.sql:
            state.batch, state.batch_next = line.sql, 0
        places = [*range(state.batch_next, len(statements)), *range(state.batch_next)]
        place = next((at for at in places if _is_of(statements[at], command)), None)
        if place is None:
            return SqlStatement(command, ACTIONS.get(command, "other"), line.objects)
        for passed in statements[state.batch_next : place]:  # they ran before it, and the log has no line for them
            self._note(state, passed, line)
        state.batch_next = place + 1
        turn: SqlStatement = statements[place]
        return turn

    def _note(self, state: _SessionState, statement: SqlStatement, line: DatabaseLine) -> None:
        """Keep what a statement changes in its session."""
        if statement.named is not None and statement.inner is not None:
            state.named[statement.named] = statement.inner
        setting = statement.setting
        if setting is not None and (setting.name in self._session_user or setting.name == "*"):
            state.person, state.is_inherited = (setting.value or "").strip() or None, False
            state.is_local, state.local_to = setting.is_local, line.transaction
        elif statement.verb in {"commit", "rollback", "end", "abort"} and state.is_local:
            state.person, state.is_local = None, False

    def _person(self, state: _SessionState, line: DatabaseLine) -> str | None:
        """Return who the session's application said is working; one set for a transaction only within it."""
        ended = state.is_local and state.local_to is not None and state.local_to != line.transaction
        return None if ended else state.person

    def _statement_event(self, state: _SessionState, statement: SqlStatement, line: DatabaseLine) -> CanonicalRecord:
        action = statement.action
        if action in READS and _DUMP_PROGRAMS.match(line.application or ""):
            action = "export"
        event = self._event(line, action, self._person(state, line))
        patients = [one for one in statement.patients if one]
        if action in ACTIONS.values() or action in {"view", "export"}:
            event["category"] = self._categories.category(statement.tables, line.database)
            event["patient_id"] = SEPARATOR.join(patients[:_MOST_PATIENTS]) or None
            event["query_by"] = statement.query_by if action == "search" else None
            event["record_count"] = None if line.rows is None else str(line.rows)
        return event

    def _event(self, line: DatabaseLine, action: str, person: str | None) -> CanonicalRecord:
        address, name = host_of(line.host)
        return {
            "event_id": line.event_id,
            "event_time": line.time,
            "user_id": person or line.account,
            "action": action,
            "client_ip": address,
            "workstation": name,
            "application": line.application,
            "session_id": line.session or None,
            "outcome": "failure" if line.failed else "success",
            "request_id": line.request_id,
            **line.extra,
        }


def _all_of(statements: tuple[SqlStatement, ...]) -> SqlStatement:
    """Return one statement for several that have one line: whatever of them carries away or reads most."""
    order = ("export", "search", "view", "delete", "update", "create")
    acting = sorted((one for one in statements if one.action in order), key=lambda one: order.index(one.action))
    if not acting:
        return statements[0]
    chosen = acting[0]
    patients = tuple(dict.fromkeys(patient for one in acting for patient in one.patients))
    tables = tuple(dict.fromkeys(table for one in acting for table in one.tables))
    action = "search" if chosen.action == "view" and len(patients) > 1 else chosen.action
    return replace(chosen, action=action, patients=() if action == "search" else patients, tables=tables)


def _is_of(statement: SqlStatement, command: str) -> bool:
    """Whether a statement is one that the database calls so."""
    if statement.verb == command:
        return True
    return command in {"select", "insert", "update", "delete"} and statement.verb in {
        "copy", "create", "with", "table", "prepare", "declare", "execute", "explain",
    }  # fmt: skip


def _take_most_rows(event: CanonicalRecord, line: DatabaseLine) -> None:
    if line.rows is not None and "record_count" in event and line.rows > int(event["record_count"] or 0):
        event["record_count"] = str(line.rows)


@lru_cache(maxsize=4096)
def host_of(host: str | None) -> tuple[str | None, str | None]:
    """Return the client's address, and its name where the log has a name; a local socket has neither."""
    if not host or host in {"[local]", "-"}:
        return None, None
    try:
        return str(ipaddress.ip_address(host.split("%")[0].strip("[]"))), None
    except ValueError:
        return None, host
