"""One SQL statement by its tokens: the tables that it names, and the conditions that its rows must fulfil."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from detector.sources.aliases import canonical_column, value_table
from detector.sources.sql_tokens import SqlGroup, SqlToken, in_group

_CLAUSES: Final = frozenset(
    {"select", "from", "where", "on", "set", "values", "group", "order", "having", "limit", "returning", "connect"}
)
_CONDITIONS: Final = frozenset({"where", "on", "having"})
_SET_OPERATIONS: Final = frozenset({"union", "except", "intersect", "minus"})
_OUTER_JOINS: Final = frozenset({"left", "right", "full"})
"""Their conditions do not limit what the other side gives."""
_TABLE_WORDS: Final = frozenset({"from", "join", "into", "update", "straight_join"})
BEFORE_TABLE: Final = frozenset({"only", "lateral", "table", "ignore", "low_priority", "high_priority", "delayed"})
MODIFIERS: Final = frozenset({"concurrently", "if", "not", "exists", "temporary", "temp"})
COPIERS: Final = frozenset({"outfile", "dumpfile"})
_CATALOGUES: Final = ("pg_catalog.", "information_schema.", "performance_schema.", "mysql.", "sys.")
_CATALOGUE_TABLE: Final = re.compile(
    r"(?:pg_\w+|g?v\$\w+|(?:all|user|dba)_(?:tables|tab_columns|tab_comments|col_comments|tab_cols|objects|views|users|"
    r"source|indexes|ind_columns|constraints|cons_columns|sequences|synonyms|triggers|role_privs|tab_privs|sys_privs|"
    r"segments|tablespaces|data_files|procedures|arguments|types|jobs))$"
)
_PATIENT_TABLES: Final = frozenset({"patient", "patients", "patient_data", "t_patient", "tb_patient"})
_PATIENT_COLUMNS: Final = frozenset(
    {"patientid", "patid", "patientno", "patno", "inpatientno", "patientnum", "mrno", "mrn", "blh", "bah", "brid",
     "brbh", "brxh", "hzid", "hzbh", "cardno", "pcpid"}
)  # fmt: skip
"""Columns that name the patient, beside the headers of `aliases`: pinyin initials of 病历号, 病案号, 病人 …"""
_QUERY_COLUMNS: Final = {
    "patientname": "name", "patname": "name", "xm": "name", "brxm": "name", "hzxm": "name", "fullname": "name",
    "lname": "name", "fname": "name",
    "tel": "phone", "telephone": "phone", "phonenumber": "phone", "phonecell": "phone", "lxdh": "phone", "sjh": "phone",
    "idcard": "id_number", "idcardno": "id_number", "idno": "id_number", "sfzh": "id_number", "ss": "id_number",
    "bedno": "bed", "cwh": "bed",
}  # fmt: skip


@dataclass(slots=True)
class StatementTokens:
    """The tokens of one statement: those from ``start`` to ``end``; ``ctes`` are names that its WITH defines."""

    tokens: list[SqlToken]
    groups: list[SqlGroup]
    start: int
    end: int
    ctes: set[str] = field(default_factory=set)

    def word(self, place: int) -> str:
        """Return the word at a place, empty where there is none."""
        return self.tokens[place].text if place < self.end and self.tokens[place].kind == "word" else ""

    def text(self, place: int) -> str:
        """Return the text of the token at a place, empty outside of the statement."""
        return self.tokens[place].text if self.start <= place < self.end else ""

    def words_of(self, group: int) -> set[str]:
        """Return the words directly in a group."""
        return {self.word(at) for at in in_group(self.tokens, self.groups, group) if self.start <= at < self.end}

    def items(self, opening: int) -> list[list[SqlToken]]:
        """Return the items between two parentheses."""
        group = self.tokens[opening + 1].group if opening + 1 < self.end else 0
        items: list[list[SqlToken]] = [[]]
        for place in range(opening + 1, min(self.end, self.groups[group].end)):
            token = self.tokens[place]
            if token.text == "," and token.group == group:
                items.append([])
            else:
                items[-1].append(token)
        return items

    def table_after(self, place: int) -> tuple[str, ...]:
        """Return the table that is named at a place."""
        while self.word(place) in BEFORE_TABLE | MODIFIERS:
            place += 1
        return real_tables([self.word(place)])

    def tables(self) -> tuple[str, ...]:
        """Return the tables that the statement reads or writes, subqueries included."""
        names: list[str] = []
        expecting: set[int] = set()
        listing: set[int] = set()
        for place in range(self.start, self.end):
            token = self.tokens[place]
            group = token.group
            if token.kind == "word" and token.text in _TABLE_WORDS and self.opens_tables(place):
                expecting.add(group)
                listing.add(group)
            elif group in expecting:
                if token.text in BEFORE_TABLE:
                    continue
                expecting.discard(group)
                is_function = self.text(place + 1) == "(" and "." not in token.text
                is_table = token.text not in _CLAUSES and not is_function
                if token.kind == "word" and token.text[0] != "@" and (is_table or self.word(place - 1) == "into"):
                    names.append(token.text)
            elif group in listing and token.text == ",":
                expecting.add(group)
            elif token.kind == "word" and token.text in _CLAUSES:
                listing.discard(group)
        return real_tables(name for name in names if name not in self.ctes)

    def opens_tables(self, place: int) -> bool:
        """Whether a FROM, INTO or UPDATE stands before tables: not in ``extract(year from x)``, ``for update``."""
        text, before = self.word(place), self.word(place - 1)
        group = self.groups[self.tokens[place].group]
        if text == "from":
            inside = self.word(group.first) if group.first > self.start else "select"
            is_query = inside in {"select", "with", "delete", ""} or self.text(group.first - 2) == "from"
            return is_query and before != "distinct"
        if text == "update":
            return before not in {"for", "key", "do", "on"} and self.word(place + 1) != "set"
        return not (text == "into" and self.word(place + 1) in COPIERS)

    def compared(self, first: int) -> tuple[str, ...]:
        """Return the patients whose number must be equal to a value, whatever else holds."""
        main = self.main_group(first)
        found: list[str] = []
        for place in range(self.start + 1, self.end - 1):
            token = self.tokens[place]
            if token.kind == "sign" and token.text in {"=", "=="} and self.is_needed(place, main):
                value = self.equal_value(place)
                if value is not None:
                    found.append(value)
        return tuple(dict.fromkeys(found))

    def main_group(self, first: int) -> int:
        """Return the group of the query that gives the rows: a query around nothing but another one is that one."""
        group = self.tokens[first].group
        while True:
            places = [at for at in in_group(self.tokens, self.groups, group) if self.start <= at < self.end]
            words = [self.word(at) for at in places]
            froms = [index for index, word in enumerate(words) if word == "from"]
            if len(froms) != 1 or set(words) & {"join", *_SET_OPERATIONS}:
                return group
            after = places[froms[0] + 1 :]
            if not after or self.text(after[0]) != "(" or self.word(after[0] + 1) != "select":
                return group
            if any(self.text(at) == "," for at in after if self.tokens[at].group == group):
                return group
            if any(self.is_patient_column(self.word(at)) for at in after):
                return group
            group = self.tokens[after[0] + 1].group

    def is_needed(self, place: int, main: int) -> bool:
        """Whether a comparison must hold for each row: in a condition of the main query, under no OR and no NOT."""
        group = self.tokens[place].group
        while group != main:
            opened = self.groups[group].first - 1
            if self.word(opened - 1) not in {"and", "where", "on", "having"} and self.text(opened - 1) != "(":
                return False
            if self.word(opened + 1) in {"select", "with"} or "or" in self.words_of(group):
                return False
            if group == 0:
                return False
            place, group = opened, self.tokens[opened].group
        words = self.words_of(main)
        if "or" in words or words & _SET_OPERATIONS:
            return False
        clause = ""
        for at in in_group(self.tokens, self.groups, main):
            if self.start <= at < place and self.word(at) in _CLAUSES:
                clause = self.word(at)
        return clause in _CONDITIONS and not (clause == "on" and words & _OUTER_JOINS)

    def equal_value(self, place: int) -> str | None:
        """Return the value that a patient's column is compared with, either way round."""
        left, right = self.operand(place - 1, -1), self.operand(place + 1, 1)
        for column, value in ((left, right), (right, left)):
            if column is not None and value is not None and value.is_value and column.kind == "word" \
                    and self.is_patient_column(column.text):  # fmt: skip
                return reference_to(value)
        return None

    def operand(self, place: int, step: int) -> SqlToken | None:
        """Return the column or value beside a comparison; None where it is part of a longer expression."""
        if step < 0 and self.text(place - 1) == "::":
            place -= 2
        if not self.start <= place < self.end or self.tokens[place].kind == "sign":
            return None
        token, beyond = self.tokens[place], place + step
        if step > 0 and self.text(beyond) == "::":
            beyond += 2
            if self.text(beyond) == "(":
                beyond = self.groups[self.tokens[beyond + 1].group].end + 1 if beyond + 1 < self.end else self.end
        if not self.start <= beyond < self.end:
            return token
        next_to = self.tokens[beyond]
        if step < 0:
            return token if next_to.text in {"(", "and", *_CONDITIONS} else None
        return token if next_to.text == ")" or (next_to.kind == "word" and next_to.text != "collate") else None

    def is_patient_column(self, name: str) -> bool:
        """Whether a column names the patient; ``id`` does where no table but the patients' is read."""
        column = name.rsplit(".", 1)[-1]
        plain = column.replace("_", "")
        if plain in _PATIENT_COLUMNS or (plain != "pid" and canonical_column(column) == "patient_id"):
            return True
        if column != "id":
            return False
        tables = {table.rsplit(".", 1)[-1] for table in self.tables()}
        return bool(tables) and tables <= _PATIENT_TABLES

    def looked_by(self) -> str | None:
        """Return by what kind of column a search looked: the first of its conditions that is known."""
        clause = ""
        for place in range(self.start, self.end):
            word = self.word(place)
            if word in _CLAUSES:
                clause = word
            elif word and clause in _CONDITIONS and self.is_compared(place):
                column = word.rsplit(".", 1)[-1]
                if self.is_patient_column(word):
                    return "patient_id"
                plain = column.replace("_", "")
                known = _QUERY_COLUMNS.get(plain) or value_table("query_by").get(plain)
                if known is not None and known != "other":
                    return known
        return None

    def is_compared(self, place: int) -> bool:
        """Whether the column at a place is compared with something."""
        after = self.text(place + 1)
        if after == "not":
            after = self.text(place + 2)
        return after in {"like", "ilike", "in", "between", "regexp", "rlike"} or bool(re.match(r"[=<>~!]", after))


def reference_to(token: SqlToken) -> str:
    """Return what stands for a value until the values are known."""
    if token.kind == "value":
        return f"\x01{token.text}"
    return f"\x02{int(token.text[1:]) - 1 if token.text.startswith('$') else int(token.text)}"


def real_tables(names: Iterator[str] | Sequence[str]) -> tuple[str, ...]:
    """Return names of tables once each, without the catalogues of the database."""
    return tuple(
        dict.fromkeys(
            name for name in names
            if name and name != "dual" and not name.startswith(_CATALOGUES) and not _CATALOGUE_TABLE.match(name)
        )
    )  # fmt: skip
