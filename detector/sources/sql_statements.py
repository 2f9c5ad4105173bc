"""What a database statement did, for an audit: which tables, which one patient, read or written or carried away.

Careful rather than complete: a statement counts as a look at one patient only where that patient's number is compared
for equality beyond doubt. Whatever else reads is a search.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final

from detector.sources.sql_scope import BEFORE_TABLE, COPIERS, StatementTokens, reference_to
from detector.sources.sql_tokens import SqlToken, in_group, tokens_of, without_values

ACTIONS: Final = {
    "select": "search", "table": "search", "handler": "search",
    "insert": "create", "replace": "create", "load": "create",
    "update": "update", "merge": "update",
    "delete": "delete", "truncate": "delete",
}  # fmt: skip
"""First word of a statement: what it does to the records; all others do nothing to them."""
READS: Final = frozenset({"search", "view", "export"})
_LONGEST: Final = 1 << 20
_CACHED: Final = 4000
_MYSQLDUMP: Final = "sql_no_cache"


@dataclass(frozen=True, slots=True)
class SqlSetting:
    """A variable of the session that a statement set; ``value`` None: it was reset; ``name`` `*`: all of them.

    ``is_local``: until the transaction ends.
    """

    name: str
    value: str | None
    is_local: bool = False


@dataclass(frozen=True, slots=True)
class SqlStatement:
    """One statement.

    ``verb``: its first word. ``action``: the canonical action. ``tables``: in the order they stand there, lower case,
    catalogues left out. ``patients``: the numbers it names for certain; one may be unknown (None) where the log has no
    parameters. ``query_by``: by what a search looked. ``named``: what it prepares, declares, executes or fetches.
    ``inner``: the statement within a PREPARE, DECLARE or EXPLAIN, which did not run.
    """

    verb: str
    action: str = "other"
    tables: tuple[str, ...] = ()
    patients: tuple[str | None, ...] = ()
    query_by: str | None = None
    setting: SqlSetting | None = None
    named: str | None = None
    inner: SqlStatement | None = None


def read_statements(
    sql: str, parameters: Sequence[str | None] = (), *, mysql: bool = False
) -> tuple[SqlStatement, ...]:
    """Return the statements of a text, those that are empty left out."""
    text, values = without_values(sql[:_LONGEST], mysql=mysql)
    read = _cached(text) if len(text) <= _CACHED else _statements(text)
    return tuple(_filled(one, values, parameters, mysql=mysql) for one in read)


def _filled(
    statement: SqlStatement, values: list[str], parameters: Sequence[str | None], *, mysql: bool
) -> SqlStatement:
    """Return the statement with the values that its references name."""

    def value(reference: str | None) -> str | None:
        if reference is None or reference[0] not in "\x01\x02":
            return reference
        number = int(reference[1:])
        given: Sequence[str | None] = values if reference[0] == "\x01" else parameters
        return given[number] if number < len(given) else None

    setting, inner = statement.setting, statement.inner
    if setting is not None:
        setting = replace(setting, name=(value(setting.name) or "").lower(), value=value(setting.value))
    if inner is not None:
        quoted = value(inner.named) if inner.verb == "text" else None
        inner = (
            next(iter(read_statements(quoted or "", mysql=mysql)), None)
            if inner.verb == "text"
            else _filled(inner, values, parameters, mysql=mysql)
        )
    patients = tuple(dict.fromkeys(value(one) for one in statement.patients))
    action = statement.action
    if action == "view" and len(patients) > 1:
        action = "search"
    return replace(statement, patients=patients, setting=setting, inner=inner, action=action)


def _statements(text: str) -> tuple[SqlStatement, ...]:
    tokens, groups = tokens_of(text)
    found: list[SqlStatement] = []
    start = 0
    ends = [place for place, token in enumerate(tokens) if token.group == 0 and token.text == ";"]
    for end in (*ends, len(tokens)):
        if end > start:
            found.append(_Reading(tokens, groups, start, end).statement())
        start = end + 1
    return tuple(found)


_cached = lru_cache(maxsize=4096)(_statements)


class _Reading(StatementTokens):
    """A statement that is being read."""

    __slots__ = ()

    def statement(self) -> SqlStatement:
        first = self.start
        while first < self.end and self.tokens[first].text == "(":
            first += 1
        verb = self.word(first)
        special = {
            "prepare": self.prepared, "declare": self.prepared, "explain": self.explained, "copy": self.copied,
            "set": self.set_variable, "reset": self.reset, "discard": self.reset, "create": self.created,
            "execute": self.called, "fetch": self.called, "move": self.called,
        }.get(verb)  # fmt: skip
        if special is not None:
            return special(first)
        if verb == "with":
            verb = self.after_ctes(first)
        action = ACTIONS.get(verb, "other")
        if action == "other":
            return SqlStatement(verb)
        tables = self.table_after(first + 1) if verb in {"table", "handler", "truncate"} else self.tables()
        return self.finished(verb, action, tables, first)

    def finished(self, verb: str, action: str, tables: tuple[str, ...], first: int) -> SqlStatement:
        words = {token.text for token in self.within() if token.kind == "word"}
        patients: tuple[str, ...] = ()
        query_by = None
        setting = self.set_config() if action == "search" else None
        if action == "create":
            patients = self.inserted()
        elif tables:
            patients = self.compared(first)
        if action == "search":
            if not tables:
                return SqlStatement(verb, "other", setting=setting)
            if words & COPIERS or self.dumps(first):
                action, patients = "export", ()
            elif patients:
                action = "view"
            query_by = self.looked_by() if action == "search" else None
        return SqlStatement(verb, action, tables, patients, query_by, setting)

    def dumps(self, first: int) -> bool:
        """Whether this is how mysqldump reads a whole table."""
        told = [self.text(first + place) for place in (1, 2, 3)]
        return told == [_MYSQLDUMP, "*", "from"] and "where" not in self.words_of(self.tokens[first].group)

    def within(self) -> list[SqlToken]:
        return self.tokens[self.start : self.end]

    def after_ctes(self, first: int) -> str:
        """Note the names that a WITH defines; return the verb behind them."""
        level = self.tokens[first].group
        for place in range(first + 1, self.end):
            token = self.tokens[place]
            if token.group != level or token.kind != "word":
                continue
            if token.text in ACTIONS:
                return token.text
            if self.word(place + 1) == "as" or (self.text(place + 1) == "(" and self.word(place - 1) != "as"):
                self.ctes.add(token.text)
        return "with"

    def rest(self, place: int) -> SqlStatement | None:
        """Return the statement that begins at a place within this one."""
        return _Reading(self.tokens, self.groups, place, self.end).statement() if place < self.end else None

    def prepared(self, first: int) -> SqlStatement:
        """PREPARE name [(types)] AS statement, PREPARE name FROM text, DECLARE name … CURSOR … FOR statement."""
        name = self.word(first + 1)
        level = self.tokens[first].group
        for place in range(first + 2, self.end):
            if self.tokens[place].group != level:
                continue
            if self.word(place) in {"as", "for"}:
                return SqlStatement(self.word(first), named=name, inner=self.rest(place + 1))
            if self.word(place) == "from" and place + 1 < self.end and self.tokens[place + 1].is_value:
                quoted = SqlStatement("text", named=reference_to(self.tokens[place + 1]))
                return SqlStatement(self.word(first), named=name, inner=quoted)
        return SqlStatement(self.word(first), named=name)

    def explained(self, first: int) -> SqlStatement:
        place = next(
            (at for at in range(first + 1, self.end) if self.word(at) in ACTIONS or self.word(at) == "with"), None
        )
        return SqlStatement("explain", inner=None if place is None else self.rest(place))

    def called(self, first: int) -> SqlStatement:
        """EXECUTE name, FETCH … FROM name."""
        words = [token for token in self.tokens[first + 1 : self.end] if token.kind == "word"]
        if self.word(first) == "execute":
            name = words[0].text if words else None
        else:
            ends = [token.text for token in words if token.group == self.tokens[first].group]
            name = ends[-1] if ends else None
        return SqlStatement(self.word(first), named=name)

    def copied(self, first: int) -> SqlStatement:
        """COPY table [(columns)] or (query), TO or FROM somewhere."""
        level = self.tokens[first].group
        way = next(
            (self.word(at) for at in range(first + 1, self.end)
             if self.tokens[at].group == level and self.word(at) in {"to", "from"}), ""
        )  # fmt: skip
        if self.text(first + 1) == "(":
            return SqlStatement("copy", "export", self.tables())
        tables = self.table_after(first + 1)
        return SqlStatement("copy", "create" if way == "from" else "export", tables)

    def created(self, first: int) -> SqlStatement:
        """CREATE TABLE … AS SELECT copies what it reads; any other CREATE reads nothing."""
        words = [self.word(at) for at in in_group(self.tokens, self.groups, self.tokens[first].group)
                 if first <= at < self.end]  # fmt: skip
        if ("table" in words[:5] or "materialized" in words[:4]) and "select" in {
            token.text for token in self.within()
        }:
            return SqlStatement("create", "search", self.tables(), query_by=self.looked_by())
        return SqlStatement("create")

    def set_variable(self, first: int) -> SqlStatement:
        """SET [LOCAL | SESSION] name = value, SET name TO value, SET @name := value, SET ROLE name."""
        place, local = first + 1, False
        while self.word(place) in {"local", "session", "global"} and self.word(place + 1):
            local = self.word(place) == "local"
            place += 1
        name = self.word(place).lstrip("@").removeprefix("session.")
        sign = self.text(place + 1)
        at = place + 2 if sign in {"=", ":=", "to"} else place + 1
        if not name or at >= self.end:
            return SqlStatement("set")
        token = self.tokens[at]
        value = reference_to(token) if token.is_value else token.text if token.kind == "word" else None
        if value == "default" or (token.kind == "word" and token.text == "none"):
            value = None
        return SqlStatement("set", setting=SqlSetting(name, value, local))

    def reset(self, first: int) -> SqlStatement:
        name = self.word(first + 1)
        return SqlStatement(self.word(first), setting=SqlSetting("*" if name == "all" else name, None))

    def set_config(self) -> SqlSetting | None:
        """``set_config(name, value, is_local)``, and Oracle's ``dbms_session.set_identifier(value)``."""
        for place in range(self.start, self.end - 3):
            if self.text(place + 1) != "(" or self.word(place).rsplit(".", 1)[-1] != "set_config":
                continue
            name, value = self.tokens[place + 2], self.tokens[place + 4] if place + 4 < self.end else None
            if name.is_value and value is not None and value.is_value:
                return SqlSetting(reference_to(name), reference_to(value), self.word(place + 6) == "true")
        return None

    def inserted(self) -> tuple[str, ...]:
        """Return the patients whose rows are written: of the column list, or of MySQL's ``SET column = value``."""
        into = next(
            (at for at in range(self.start, self.end) if self.word(at) in {"into", "insert", "replace"}
             and self.word(at + 1) not in {"into", "", *BEFORE_TABLE}), None,
        )  # fmt: skip
        if into is None:
            return ()
        if self.word(into + 2) == "set":
            pairs = (at for at in range(into + 2, self.end - 1) if self.text(at) == "=")
            return tuple(
                reference_to(self.tokens[at + 1]) for at in pairs
                if self.is_patient_column(self.word(at - 1)) and self.tokens[at + 1].is_value
            )  # fmt: skip
        if self.text(into + 2) != "(":
            return ()
        columns = self.items(into + 2)
        wanted = [
            place for place, item in enumerate(columns) if len(item) == 1 and self.is_patient_column(item[0].text)
        ]
        if not wanted:
            return ()
        found: list[str] = []
        level = self.tokens[into].group
        values = next((at for at in range(into, self.end) if self.word(at) in {"values", "value"}), self.end)
        for place in range(values + 1, self.end):
            if self.text(place) == "(" and self.tokens[place].group == level:
                items = self.items(place)
                item = items[wanted[0]] if wanted[0] < len(items) else []
                if len(item) == 1 and item[0].is_value:
                    found.append(reference_to(item[0]))
            elif self.word(place):
                break
        return tuple(dict.fromkeys(found))
