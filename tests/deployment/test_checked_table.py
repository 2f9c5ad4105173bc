"""One class checks the tables of ``detector.toml`` and of policies; a complaint names file, line and key."""

import datetime as dt
import tomllib
from pathlib import Path

import pytest

from detector.deployment.checked_table import CheckedTable
from detector.deployment.key_lines import key_lines, syntax_error
from detector.errors import ConfigError

TEXT = """name = "n"
empty = " "
flag = true
day = 2026-03-02
[inner]
words = ["a", "b"]
[[each]]
size = 3
[[each]]
size = "3"
"""


class OwnError(ConfigError):
    """What a caller raises about its own files."""


def table(text: str = TEXT) -> CheckedTable:
    return CheckedTable(Path("x.toml"), {(): 1} | key_lines(text), (), tomllib.loads(text), OwnError)


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (lambda root: root.needed("absent", str, "a text"), "x.toml:1: 'absent' is missing; add a text"),
        (lambda root: root.needed("empty", str, "a text"), "x.toml:2: empty: must not be empty"),
        (lambda root: root.needed("flag", int, "a count"), "x.toml:3: flag: must be a count, not true or false"),
        (lambda root: root.needed("day", str, "a text"), "x.toml:4: day: must be a text, not a date or time"),
        (lambda root: root.choice("name", ("m", "o")), "x.toml:1: name: must be one of m, o, not 'n'"),
        (lambda root: root.needed_table("name", "a table"), "x.toml:1: name: must be a table, not a text"),
        (lambda root: root.table("inner").only("word"), "x.toml:6: inner.words: unknown key; did you mean 'word'?"),
        (lambda root: root.tables("each", "one")[1].whole("size", 0, 0), "x.toml:10: each[2].size: must be a number"),
        (lambda root: root.tables("inner", "one for each"), "x.toml:5: inner: write [[inner]] with two brackets"),
    ],
)
def test_a_complaint_names_file_line_and_key(ask, message):
    with pytest.raises(OwnError) as caught:
        ask(table())
    assert str(caught.value).startswith(message)


def test_values_that_are_in_order():
    root = table()
    assert root.needed("day", dt.date, "a date") == dt.date(2026, 3, 2)
    assert root.choice("name", ("m", "n")) == "n"
    assert root.choice("absent", ("m", "n")) is None
    assert root.table("inner").texts("words") == ("a", "b")
    assert root.texts("absent") is None
    assert root.table("absent").values == {}
    assert [one.line for one in root.tables("each", "one")] == [7, 9]


@pytest.mark.parametrize(("text", "line"), [("a = 1\nb =\n", 2), ('a = """', None)])
def test_a_syntax_error_has_its_line_apart(text, line):
    with pytest.raises(tomllib.TOMLDecodeError) as caught:
        tomllib.loads(text)
    problem, found = syntax_error(caught.value)
    assert found == line
    assert "line" not in problem
