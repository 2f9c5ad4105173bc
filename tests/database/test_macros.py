"""The macros of ``sql/macros``, each against cases written by hand."""

from __future__ import annotations

import math
import re
from pathlib import Path

import duckdb
import pytest

from detector.database.connection import connect, create_macros
from detector.database.queries import sql_names, sql_text


def value(expression: str) -> object:
    connection = duckdb.connect()
    create_macros(connection)
    return connection.execute(f"select {expression}").fetchall()[0][0]


def covers(starts: str, ends: str, at: str, early: str = "0 day", late: str = "0 day") -> object:
    moments = (text if text == "null" else f"timestamp '2026-{text}'" for text in (starts, ends, at, at))
    return value(f"covers({', '.join(moments)}, interval {early}, interval {late})")


@pytest.mark.parametrize(
    ("state", "explanation", "ground", "usual"),
    [
        ("'explained'", "'care_team'", True, False),
        ("'explained'", "'approval'", True, False),
        ("'explained'", "'habit'", False, True),
        ("'explained'", "null", True, False),
        ("'neither'", "null", False, False),
        ("'suspicious'", "'habit'", False, False),
    ],
)
def test_habit_is_no_ground(state: str, explanation: str, ground: bool, usual: bool) -> None:
    assert value(f"has_ground({state}, {explanation})") is ground
    assert value(f"only_usual({state}, {explanation})") is usual


@pytest.mark.parametrize(("busy", "dates", "looks"), [(6, 6, False), (7, 13, True), (10, 27, False), (11, 27, True)])
def test_a_record_that_looks_like_a_test_record(busy: int, dates: int, looks: bool) -> None:
    assert value(f"looks_like_test({busy}, {dates})") is looks


@pytest.mark.parametrize(
    ("present", "corroboration", "features", "tells"),
    [
        ("true", "'other'", "['strangers']", True),
        ("false", "'other'", "['strangers']", False),
        ("false", "'unit'", "null::varchar[]", None),
        ("false", "'none'", "['strangers']", True),
        ("false", "'other'", "['vip_unexplained']", True),
    ],
)
def test_what_tells_together(present: str, corroboration: str, features: str, tells: bool | None) -> None:
    assert value(f"tells_with_others({present}, {corroboration}, {features})") is tells


@pytest.mark.parametrize(
    ("starts", "ends", "at", "early", "late", "covered"),
    [
        ("03-10 08:00", "03-12 08:00", "03-11", "0 day", "0 day", True),
        ("03-10 08:00", "03-12 08:00", "03-10 08:00", "0 day", "0 day", True),
        ("03-10 08:00", "03-12 08:00", "03-12 08:00", "0 day", "0 day", True),
        ("03-10 08:00", "03-12 08:00", "03-10 07:59", "0 day", "0 day", False),
        ("03-10 08:00", "03-12 08:00", "03-10 07:59", "1 minute", "0 day", True),
        ("03-10 08:00", "03-12 08:00", "03-12 08:01", "1 minute", "0 day", False),
        ("03-10 08:00", "03-12 08:00", "03-15 08:00", "0 day", "3 day", True),
        ("03-10 08:00", "03-12 08:00", "03-15 08:01", "0 day", "3 day", False),
        ("null", "03-12 08:00", "01-01", "0 day", "0 day", True),
        ("03-10 08:00", "null", "12-31", "0 day", "0 day", True),
        ("null", "null", "03-11", "0 day", "0 day", True),
    ],
)
def test_what_a_row_of_context_covers(starts: str, ends: str, at: str, early: str, late: str, *, covered: bool) -> None:
    assert covers(starts, ends, at, early, late) is covered


def test_an_access_of_some_length_is_covered_where_it_touches() -> None:
    row = "timestamp '2026-03-10 08:00', timestamp '2026-03-10 12:00'"
    for first, last, covered in (("07:00", "08:00", True), ("12:00", "13:00", True), ("12:01", "13:00", False)):
        access = f"timestamp '2026-03-10 {first}', timestamp '2026-03-10 {last}'"
        assert value(f"covers({row}, {access}, interval 0 day, interval 0 day)") is covered


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("known_end(timestamp '2026-03-11 00:00', date '2026-03-10')::varchar", "2026-03-11 00:00:00"),
        ("known_end(timestamp '2026-03-11 00:01', date '2026-03-10')", None),
        ("known_end(null, date '2026-03-10')", None),
        ("has_flag('vip|maternity', 'vip')", True),
        ("has_flag('vip|maternity', 'mat')", False),
        ("has_flag(null, 'vip')", False),
        ("has_word('Billing office', ['bill', 'coding'])", True),
        ("has_word('质控科', ['质控'])", True),
        ("has_word('a.c', ['a?c', 'abc'])", False),
        ("has_word('anything', []::varchar[])", False),
        ("has_word(null, ['a'])", False),
        ("in_turn(22, 22, 5)", True),
        ("in_turn(5, 22, 5)", True),
        ("in_turn(6, 22, 5)", False),
        ("in_turn(0, 22, -1)", False),
        ("in_turn(3, 2, 4)", True),
        ("in_turn(5, 2, 4)", False),
        ("encounter_covers(true, timestamp '2026-03-21 23:00', null, date '2026-03-20')", True),
        ("encounter_covers(true, timestamp '2026-03-22 00:00', null, date '2026-03-20')", False),
        ("encounter_covers(true, timestamp '2026-01-01', timestamp '2026-02-18 09:00', date '2026-03-20')", True),
        ("encounter_covers(true, timestamp '2026-01-01', timestamp '2026-02-17 09:00', date '2026-03-20')", False),
        ("encounter_covers(false, timestamp '2026-02-17', null, date '2026-03-20')", False),
        ("encounter_covers(null, timestamp '2026-02-18', null, date '2026-03-20')", True),
        ("is_access('view')", True),
        ("is_access('login')", False),
        (r"bare_id('A\\B\\u1')", "u1"),
        ("bare_id('u1@ward@host')", "u1@ward"),
        ("bare_id('@host')", "@host"),
        (r"matched_id('12-a', '^(\d+)')", "12"),
        (r"matched_id('a-12', '^(\d+)')", "a-12"),
        ("padded_id('77', 5)", "00077"),
        ("padded_id('a7', 5)", "a7"),
        ("padded_id('123456', 5)", "123456"),
        ("is_nobody('Anonymous')", True),
        ("is_nobody('[unknown]')", True),
        ("is_nobody('-1')", True),
        ("is_nobody('未登录')", True),
        ("is_nobody('0')", False),
        ("is_nobody('system')", False),
        ("is_nobody('unknown1')", False),
    ],
)
def test_a_macro(expression: str, expected: object) -> None:
    assert value(expression) == expected


@pytest.mark.parametrize(
    ("values", "numbers"),
    [
        ('{"patient": "P1", "n": 3}', ["P1"]),
        ('{"first_record": "P1", "record_ids": "x", "record_id": "P2"}', ["P1", "P2"]),
        ('{"patient": ["P1", "P2"], "patients": 7}', ["P1", "P2"]),
        ('{"patient": null}', [None]),
        ('{"outpatient": "no", "recorder": "no"}', []),
        ("{}", []),
    ],
)
def test_record_numbers_are_found_by_the_names_of_their_columns(values: str, numbers: list[str | None]) -> None:
    assert value(f"record_numbers('{values}'::json)") == numbers


def test_every_macro_is_tested_and_named_as_its_file() -> None:
    tested = Path(__file__).read_text(encoding="utf-8")
    for name in sql_names("macros"):
        (made,) = re.findall(r"create or replace temp macro (\w+)\(", sql_text("macros", name))
        assert f"{made}.sql" == name
        assert f"{made}(" in tested


def test_a_reader_s_connection_has_them_too(tmp_path: Path) -> None:
    path = tmp_path / "a.duckdb"
    connect(path).close()
    connection = connect(path, read_only=True)
    assert connection.execute("select is_access('view')").fetchall() == [(True,)]


@pytest.mark.parametrize(
    ("mean", "variance", "expected"),
    [(3, 3, -3), (3, 3.0000001, -3), (2, 1, 4 * math.log(0.5)), (2, 4, -2 * math.log(2)), (24, 0.5, -94.9)],
)
def test_the_chance_of_no_event(mean: float, variance: float, expected: float) -> None:
    assert value(f"ln_chance_of_none({mean}, {variance})") == pytest.approx(expected, rel=1e-3)
