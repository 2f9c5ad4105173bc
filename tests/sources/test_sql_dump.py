"""Rows out of dumps: whole, torn, hostile, and cut anywhere."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from detector.sources.sql_dump import DumpSplitter, dumps_table, is_dump

COLUMNS = {"t": ("a", "b")}
Row = Mapping[str, str | None]


def rows(*texts: str, columns: Mapping[str, tuple[str, ...]] = COLUMNS) -> tuple[list[Row | None], list[str]]:
    """Return the rows and the reasons of others, given a dump in pieces as they come from a file."""
    splitter = DumpSplitter(columns, lambda _, row: row)
    found: list[Row | None] = []
    reasons: list[str] = []
    pending = ""
    for number, text in enumerate(texts):
        pending += text
        split = splitter.split(pending, final=number == len(texts) - 1)
        found += [one.values for one in split.records if not one.reason]
        reasons += [one.reason for one in split.records if one.reason]
        pending = pending[split.consumed :]
    return found, reasons


def test_values() -> None:
    dump = "INSERT INTO `t` VALUES (1,'it''s'),(-2.5e3,NULL),\n(0x41, _utf8mb4'\\'\\n\\\\'),(now(), 'a;b),(c');"
    assert rows(dump) == ([
        {"a": "1", "b": "it's"}, {"a": "-2.5e3", "b": None}, {"a": "0x41", "b": "'\n\\"}, {"a": "now()", "b": "a;b),(c"},
    ], [])  # fmt: skip


def test_backslashes_of_postgresql_escape_nothing() -> None:
    dump = "-- PostgreSQL database dump\nINSERT INTO public.t VALUES ('\\', 'x''y');"
    assert rows(dump) == ([{"a": "\\", "b": "x'y"}], [])


def test_columns_of_the_statement_and_of_the_definition() -> None:
    dump = (
        "INSERT INTO t (b, a) VALUES (1, 2);\nCREATE TABLE t (\n `b` int,\n `c` int,\n KEY x (`b`)\n);\n"
        "REPLACE INTO t VALUES (3, 4);"
    )
    assert rows(dump)[0] == [{"b": "1", "a": "2"}, {"b": "3", "c": "4"}]


def test_damage_takes_no_other_row_along() -> None:
    dump = "INSERT INTO t VALUES\n(1,2),\n(broken,'),\n(3,4),\n(5,6,7),\n(8,9);\nINSERT INTO t VALUES (10,11);\nINSERT INTO t VALUES (12"
    found, reasons = rows(dump)
    assert {"a": "1", "b": "2"} in found
    assert {"a": "8", "b": "9"} in found
    assert {"a": "10", "b": "11"} in found
    assert len(reasons) == 3


WHOLE = (
    "/* a; 'b */ CREATE TABLE `u` (`x` text);\n-- it's\nINSERT INTO `u` VALUES ('INSERT INTO t VALUES (0,0);');\n"
    "INSERT INTO `t` VALUES (1,'a\\'b'),\n(2,'; -- ('),(3,'王');\nUNLOCK TABLES;\n"
)


@given(st.lists(st.integers(0, len(WHOLE)), max_size=6))
def test_a_dump_in_pieces(cuts: list[int]) -> None:
    places = [0, *sorted(cuts), len(WHOLE)]
    pieces = [WHOLE[start:end] for start, end in pairwise(places)]
    assert rows(*pieces) == ([{"a": "1", "b": "a'b"}, {"a": "2", "b": "; -- ("}, {"a": "3", "b": "王"}], [])


@given(st.text(alphabet="INSERTOVALU t`(),;'\\-/*#1\n", max_size=60))
def test_any_text_comes_to_an_end(text: str) -> None:
    splitter = DumpSplitter(COLUMNS, lambda _, row: row)
    assert splitter.split(text, final=True).consumed == len(text)


def test_a_long_statement_of_another_table_is_passed_over() -> None:
    other = "INSERT INTO `u` VALUES " + ",".join(f"('{'x;' * 500}')" for _ in range(1500)) + ";\n"
    splitter = DumpSplitter(COLUMNS, lambda _, row: row)
    assert splitter.split(other[:-20], final=False).consumed > len(other) - 2000
    assert rows(other[:-20], other[-20:] + "INSERT INTO t VALUES (1,2);") == ([{"a": "1", "b": "2"}], [])


def test_what_a_dump_is(tmp_path) -> None:
    assert is_dump("-- x\n/*!40101 SET NAMES utf8 */;\nCREATE TABLE a (b int);")
    assert not is_dump("操作时间,工号\n")
    assert not is_dump("")
    path = tmp_path / "a.sql"
    path.write_text(
        "SET NAMES utf8;\n" + "INSERT INTO `u` VALUES (1);\n" * 9999 + "INSERT INTO `db`.`t` VALUES (1,2);\n"
    )
    assert dumps_table(path, ("t",))
    assert not dumps_table(path, ("v",))
