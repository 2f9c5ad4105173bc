"""The rows of some tables in a database dump (``.sql``), as mysqldump, Navicat and pg_dump write them.

Rows stand in INSERT statements, one or many in each; the order of their columns in the statement, else in the table's
definition. All else is passed over: other tables, other statements, comments.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from detector.sources.byte_stream import ByteStream
from detector.sources.decoded_text import DecodedText
from detector.sources.log_format import ReadOptions
from detector.sources.record_reader import Found, Split

Row = dict[str, str | None]

INSERT: Final = re.compile(
    r"(?:INSERT|REPLACE)\s+(?:LOW_PRIORITY\s+|DELAYED\s+|IGNORE\s+)*INTO\s+(?P<table>[^\s(]+)\s*"
    r"(?:\((?P<columns>[^()]*)\)\s*)?(?:OVERRIDING\s+SYSTEM\s+VALUE\s+)?VALUES?\s*",
    re.IGNORECASE,
)
_CREATE: Final = re.compile(
    r"CREATE\s+TABLE\s+(?:IF\s+NOT\s+EXISTS\s+)?(?P<table>[^\s(]+)\s*\((?P<body>.*)\)", re.IGNORECASE | re.DOTALL
)
_COLUMN: Final = re.compile(r'\s*(?:`([^`]+)`|"([^"]+)"|(\w+))\s+\S')
_NO_COLUMN: Final = frozenset({"primary", "key", "unique", "constraint", "index", "fulltext", "foreign", "check"})
_MYSQL_TEXT: Final = r"'[^'\\]*(?:(?:\\.|'')[^'\\]*)*'"
_PLAIN_TEXT: Final = r"'[^']*(?:''[^']*)*'"
_PASSED: Final = r"--[^\n]*(?:\n|\Z)|\#[^\n]*(?:\n|\Z)|/\*.*?(?:\*/|\Z)"
_SPACE: Final = re.compile(rf"(?:\s+|{_PASSED})*", re.DOTALL)
_ESCAPES: Final = re.compile(r"\\(.)|''", re.DOTALL)
_LETTERS: Final = {"n": "\n", "t": "\t", "r": "\r", "0": "\0", "b": "\b", "Z": "\x1a"}
_PLAIN_DUMP: Final = re.compile(r"PostgreSQL database dump|standard_conforming_strings|SQLite|pg_catalog")
HEAD_CHARACTERS: Final = 64 << 10
_NAME_CHARACTERS: Final = 200
"""More than the words of a statement up to the name of its table."""
_STATEMENT: Final = re.compile(
    r"(?:CREATE|INSERT\s+INTO|REPLACE\s+INTO|DROP|SET|USE|LOCK|BEGIN|START|ALTER|TRUNCATE|DELETE\s+FROM|PRAGMA)\s",
    re.IGNORECASE,
)
_LONG: Final = 1 << 20
"""Characters after which an end that has not come is no matter of waiting."""
_OTHER_STATEMENT: Final = "not a row of values"


@dataclass(frozen=True, slots=True)
class _Grip:
    """How texts are written in a dump: with backslashes that escape, or without."""

    text: str

    def value(self) -> re.Pattern[str]:
        return _VALUES[self.text]

    def statement(self) -> re.Pattern[str]:
        return _STATEMENTS[self.text]


_VALUES: Final = {
    text: re.compile(
        rf"\s*(?:(?P<null>NULL|DEFAULT)(?!\w)|(?:_\w+\s*(?=')|[nNeEbBxX](?='))?(?P<text>{text})(?:::[\w\s.]+)?"
        r"|(?P<plain>0[xX][0-9A-Fa-f]*|[-+]?[\d.]+(?:[eE][-+]?\d+)?|true|false)(?![\w.])"
        rf"|(?P<call>[A-Za-z_]\w*\s*\((?:[^()']|{text}|\([^()]*\))*\)(?:\(\d+\))?))\s*(?P<after>[,)])",
        re.DOTALL | re.IGNORECASE,
    )
    for text in (_MYSQL_TEXT, _PLAIN_TEXT)
}
"""One value of a row and what follows it."""
_STATEMENTS: Final = {
    text: re.compile(rf"{text[:-1]}(?:'|\Z)|`[^`]*(?:`|\Z)|\"[^\"]*(?:\"|\Z)|{_PASSED}|;", re.DOTALL)
    for text in (_MYSQL_TEXT, _PLAIN_TEXT)
}
"""What may hold a semicolon that ends nothing, and the one that ends the statement."""


@dataclass(slots=True)
class _Insertion:
    """The INSERT statement that is being read: its table, and its columns where they are known."""

    table: str
    columns: Sequence[str] | None
    is_wanted: bool


Translate = Callable[[str, Row], Mapping[str, str | None]]
"""Gives the values of a record from the table's name and the row."""


@dataclass(slots=True)
class DumpSplitter:
    """Finds the rows of the tables in ``columns`` (their columns by default) in a dump; see ``record_reader.Splitter``.

    ``close`` is asked at the end what is wrong with the file as a whole.
    """

    columns: Mapping[str, Sequence[str]]
    translate: Translate
    close: Callable[[], str | None] = lambda: None
    _defined: dict[str, tuple[str, ...]] = field(default_factory=dict)
    _insertion: _Insertion | None = None
    _grip: _Grip | None = None
    _is_passing: bool = False

    def needs_beginning(self, _text: str) -> bool:
        """Return True: what the columns of a table are is said before its rows."""
        return True

    def resynchronised(self, text: str) -> int:
        """Go on at the next statement."""
        self._insertion = None
        place = text.find(";\n")
        return place + 2 if place >= 0 else len(text)

    def split(self, text: str, *, final: bool) -> Split:
        """Return the rows of a run of the dump; see ``record_reader.Splitter``."""
        if self._grip is None:
            self._grip = _Grip(_PLAIN_TEXT if _PLAIN_DUMP.search(text[: 64 << 10]) else _MYSQL_TEXT)
        split = Split(0)
        place = 0
        while place < len(text):
            place = place if self._is_passing else _after_space(text, place)
            if place >= len(text):
                break
            if self._insertion is not None:
                after = self._rows(text, place, split, final=final)
            else:
                after = self._statement(text, place, split, final=final)
            if after is None:
                split.consumed = place
                if not final:
                    return split
                if self._is_passing:
                    break
                split.records.append(Found(place, len(text), None, "the dump breaks off within this statement"))
                split.open_from = place
                break
            place = after
            split.consumed = place
        if final:
            split.consumed, split.problem = len(text), self.close()
        return split

    def _statement(self, text: str, place: int, split: Split, *, final: bool) -> int | None:
        """Begin an INSERT into a table that is wanted, or pass over one statement; None where it does not end here."""
        match = None if self._is_passing else INSERT.match(text, place)
        if match is not None and match.end() == len(text) and not final:
            return None
        if match is not None:
            table = _bare(match["table"])
            if table in self.columns:
                named = match["columns"]
                columns = [_bare(one) for one in named.split(",")] if named else None
                self._insertion = _Insertion(table, columns or self._defined.get(table) or self.columns[table], True)
                return match.end()
        end = self._end_of_statement(text, place)
        if end is None:
            return self._safe_part(text, place)
        if self._is_passing:
            self._is_passing = False
            return end
        created = _CREATE.match(text, place, end)
        if created is not None:
            self._defined[_bare(created["table"])] = tuple(_defined_columns(created["body"]))
        split.skipped.append(place)
        return end

    def _end_of_statement(self, text: str, place: int) -> int | None:
        grip = self._grip or _Grip(_MYSQL_TEXT)
        return next((one.end() for one in grip.statement().finditer(text, place) if one[0] == ";"), None)

    def _safe_part(self, text: str, place: int) -> int | None:
        """Return how far a long statement of no interest is passed over before its end is known."""
        if len(text) - place < _LONG:
            return None
        grip = self._grip or _Grip(_MYSQL_TEXT)
        ends = [one.end() for one in grip.statement().finditer(text, place) if one.end() < len(text)]
        safe = ends[-1] if ends else place
        if safe == place:
            return None
        self._is_passing = True
        return safe

    def _rows(self, text: str, place: int, split: Split, *, final: bool) -> int | None:
        """Read one row of the INSERT statement, or its end."""
        insertion = self._insertion
        if insertion is None:
            raise AssertionError("rows are read outside of a statement that has them")
        if text[place] == ",":
            return place + 1
        if text[place] != "(":
            self._insertion = None
            end = self._end_of_statement(text, place)
            return place + 1 if text[place] == ";" else end
        values, end = self._values(text, place)
        if values is None:
            return self._broken(text, place, end, split) if final or len(text) - place > _LONG else None
        if len(values) != len(insertion.columns or ()):
            told = f"{len(values)} values for {len(insertion.columns or ())} columns of {insertion.table}"
            split.records.append(Found(place, end, None, told))
            return end
        row = dict(zip(insertion.columns or (), values, strict=True))
        split.records.append(Found(place, end, self.translate(insertion.table, row)))
        return end

    def _values(self, text: str, place: int) -> tuple[list[str | None] | None, int]:
        """Return the values of a row and the place behind it; None where it is none, and the place where it fails."""
        pattern = (self._grip or _Grip(_MYSQL_TEXT)).value()
        values: list[str | None] = []
        place += 1
        while (match := pattern.match(text, place)) is not None:
            if match["text"] is not None:
                values.append(self._unescaped(match["text"][1:-1]))
            else:
                values.append(match["plain"] or match["call"])
            place = match.end()
            if match["after"] == ")":
                return values, place
        return None, place

    def _broken(self, text: str, place: int, failed: int, split: Split) -> int | None:
        """Reject what is no row and go on at the next row or statement; None where the row may only be incomplete."""
        following = re.compile(r"\n\s*\(|;\s*\n|\n\s*(?:INSERT|REPLACE)\s", re.IGNORECASE).search(text, failed)
        if following is None:
            return None
        end = following.start() + (following[0][0] == ";")
        if following[0][0] == ";" or "(" not in following[0]:
            self._insertion = None
        split.records.append(Found(place, end, None, _OTHER_STATEMENT))
        return end

    def _unescaped(self, text: str) -> str:
        if self._grip is not None and self._grip.text == _PLAIN_TEXT:
            return text.replace("''", "'")
        if "\\" not in text and "''" not in text:
            return text
        return _ESCAPES.sub(lambda match: "'" if match[1] is None else _LETTERS.get(match[1], match[1]), text)


def _after_space(text: str, place: int) -> int:
    match = _SPACE.match(text, place)
    return match.end() if match else place


def _bare(name: str) -> str:
    """Return the last part of a name in lower case, without quotes."""
    return name.strip().rsplit(".", 1)[-1].strip('`"[] ').lower()


def _defined_columns(body: str) -> Iterator[str]:
    for line in body.splitlines():
        match = _COLUMN.match(line)
        if match is not None:
            name = (match[1] or match[2] or match[3]).lower()
            if match[1] or match[2] or name not in _NO_COLUMN:
                yield name


def names_table(head: str, tables: Sequence[str]) -> bool:
    """Return whether the beginning of a dump defines or fills one of these tables."""
    names = "|".join(map(re.escape, tables))
    pattern = (
        rf"(?:CREATE\s+TABLE\s+(?:IF\s+NOT\s+EXISTS\s+)?|INSERT\s+INTO\s+)(?:[`\"\w]+\.)?[`\"]?(?:{names})[`\"]?[\s(]"
    )
    return re.search(pattern, head, re.IGNORECASE) is not None


def is_dump(head: str) -> bool:
    """Return whether a file that begins so is a dump: SQL statements, not delimited text."""
    place = _after_space(head, 0)
    while head[place : place + 1] == ";":
        place = _after_space(head, place + 1)
    return _STATEMENT.match(head, place) is not None


def head_of(path: Path, options: ReadOptions) -> str:
    """Return the beginning of a file as text."""
    with ByteStream(path) as stream:
        return DecodedText(stream, ReadOptions(options.encoding)).text[:HEAD_CHARACTERS]


def dumps_table(path: Path, tables: Sequence[str]) -> bool:
    """Return whether a file is a dump that defines or fills one of these tables, wherever in it."""
    with ByteStream(path) as stream:
        text = DecodedText(stream, ReadOptions())
        if not is_dump(text.text[:HEAD_CHARACTERS]):
            return False
        while not names_table(text.text, tables):
            if text.ended:
                return False
            text.take(max(len(text.text) - _NAME_CHARACTERS, 0))
            text.read_more()
    return True
