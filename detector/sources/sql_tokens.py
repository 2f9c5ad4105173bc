"""The tokens of SQL statements, as database logs quote them: words, values, parameters, signs, and their parentheses.

No grammar of one product: what PostgreSQL, MySQL and MariaDB and Oracle write. A text that breaks off in the middle is
read as far as it goes. Values are taken out first, so that statements that differ in their values alone are read once.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

_VALUE: Final = "\x01"
"""Stands for a value that was taken out."""
_QUOTED: Final = r"'[^']*(?:''[^']*)*'?"
_ESCAPED: Final = r"'[^'\\]*(?:(?:\\.|'')[^'\\]*)*'?"
_NUMBER: Final = r"(?<![\w$:.\x01])\d+(?:\.\d+)?(?![\w.])"
_HIDDEN: Final = r"/\*!\d*"
"""MySQL runs what stands in such a comment."""
_COMMENT: Final = r"--[^\n]*|/\*.*?(?:\*/|\Z)"
_STANDARD: Final = re.compile(
    rf"(?P<skip>{_COMMENT})|(?P<name>\"[^\"]*\"?)|[eE](?P<escaped>{_ESCAPED})"
    rf"|(?P<dollar>\$(?P<tag>\w*)\$(?P<inner>.*?)(?:\$(?P=tag)\$|\Z))|[nN]?(?P<quoted>{_QUOTED})|(?P<number>{_NUMBER})",
    re.DOTALL,
)
_MYSQL: Final = re.compile(
    rf"(?P<hidden>{_HIDDEN}|\*/)|(?P<skip>\#[^\n]*|{_COMMENT})|(?P<name>`[^`]*`?)|[nN]?(?P<escaped>{_ESCAPED})"
    rf"|(?P<double>\"(?:[^\"\\]|\\.|\"\")*\"?)|(?P<number>{_NUMBER})",
    re.DOTALL,
)
_PART: Final = r'(?:[^\W\d][\w$#]*|"[^"]*"?|`[^`]*`?)'
_TOKEN: Final = re.compile(
    rf"(?P<value>{_VALUE})|(?P<mark>\$\d+|\?|(?<![:\w\]]):\w+)|(?P<word>@{{0,2}}{_PART}(?:\s*\.\s*(?:{_PART}|\*))*)"
    r"|(?P<sign>::|:=|[<>=!|&~^%+*/#@-]+|[(),;\[\]])"
)
_ESCAPES: Final = re.compile(r"\\(.)|''", re.DOTALL)
_LETTERS: Final = {"n": "\n", "t": "\t", "r": "\r", "0": ""}


@dataclass(frozen=True, slots=True)
class SqlToken:
    """One token. ``kind``: word, value, mark (a parameter), sign.

    ``text`` is lower case for words, without quotes; the number of a value or mark among all of the text's values or
    marks. ``group`` is the pair of parentheses that it stands in, 0 outside of all.
    """

    kind: str
    text: str
    group: int

    @property
    def is_value(self) -> bool:
        """Whether a value of the statement stands here, written out or given as a parameter."""
        return self.kind in {"value", "mark"}


@dataclass(frozen=True, slots=True)
class SqlGroup:
    """A pair of parentheses: the one around it, and the tokens between (``first`` included, ``end`` not)."""

    around: int
    first: int
    end: int


def without_values(sql: str, *, mysql: bool) -> tuple[str, list[str]]:
    """Return the statement with its values taken out and its comments removed, and the values.

    ``mysql``: backslashes escape, double quotes are quotes of values, ``/*! … */`` is no comment.
    """
    values: list[str] = []

    def replaced(match: re.Match[str]) -> str:
        kind = match.lastgroup
        found = match.groupdict()
        if found.get("name") is not None:
            return match.group(0)
        if kind in {"skip", "hidden"}:
            return " "
        if found.get("escaped") is not None:
            values.append(_unescaped(found["escaped"][1:]))
        elif found.get("double") is not None:
            values.append(_unescaped(found["double"][1:]).replace('""', '"'))
        elif found.get("dollar") is not None:
            values.append(found["inner"])
        elif found.get("number") is not None:
            values.append(found["number"])
        else:
            text = found["quoted"][1:]
            values.append(text.removesuffix("'").replace("''", "'"))
        return _VALUE

    return (_MYSQL if mysql else _STANDARD).sub(replaced, sql.replace(_VALUE, " ")), values


def _unescaped(text: str) -> str:
    body = text[:-1] if text and text[-1] in "'\"" else text
    return _ESCAPES.sub(lambda match: "'" if match[1] is None else _LETTERS.get(match[1], match[1]), body)


def tokens_of(text: str) -> tuple[list[SqlToken], list[SqlGroup]]:
    """Return the tokens of a text without values, and its groups; group 0 is all of it."""
    tokens: list[SqlToken] = []
    around = [0]
    groups: list[list[int]] = [[0, 0, 0]]
    numbers = {"value": 0, "mark": 0}
    for match in _TOKEN.finditer(text):
        kind = str(match.lastgroup)
        if kind == "sign" and match[0] == "(":
            tokens.append(SqlToken("sign", "(", around[-1]))
            groups.append([around[-1], len(tokens), len(tokens)])
            around.append(len(groups) - 1)
        elif kind == "sign" and match[0] == ")":
            if len(around) > 1:
                groups[around.pop()][2] = len(tokens)
            tokens.append(SqlToken("sign", ")", around[-1]))
        elif kind in numbers:
            shown = match[0] if kind == "mark" and match[0].startswith("$") else str(numbers[kind])
            tokens.append(SqlToken(kind, shown, around[-1]))
            numbers[kind] += 1
        else:
            tokens.append(SqlToken(kind, _plain(match[0]) if kind == "word" else match[0], around[-1]))
    for group in (0, *around[1:]):
        groups[group][2] = len(tokens)
    return tokens, [SqlGroup(*group) for group in groups]


def _plain(name: str) -> str:
    """Return a name in lower case, without quotes and spaces around its dots."""
    if name.isidentifier():
        return name.lower()
    return ".".join(part.strip().strip('"`').lower() for part in name.split("."))


def in_group(tokens: list[SqlToken], groups: list[SqlGroup], group: int) -> Iterator[int]:
    """Yield the places of the tokens directly in a group."""
    for place in range(groups[group].first, groups[group].end):
        if tokens[place].group == group:
            yield place
