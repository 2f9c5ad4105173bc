"""How alerts that were not confirmed are spread: who counts in which group, and when a group differs clearly."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

import duckdb
import pytest

from detector.reports.suppression import small_units
from detector.reports.unconfirmed import spread_blocks
from detector.review.alert_spread import AlertSpread, Group, alert_spread
from detector.texts import load_texts
from detector.texts.language import LANGUAGES, Language

LAST = dt.date(2026, 6, 30)
Counts = Mapping[tuple[str, str], tuple[int, int]]
"""Role, department → accounts, and those of them with an alert that was not confirmed."""


def store(
    people: Counts,
    *,
    shifts: Sequence[tuple[str, str, str]] = (),
    statuses: Sequence[str] = ("false_alarm", "justified"),
) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute(
        "create table account_days (business_date date, user_id text, department text, role text, account_type text);"
        "create table findings (finding_id text, user_id text, status text, alerted_on date);"
        "create view finding_holders as select finding_id, user_id from findings;"
        "create table roster (user_id text, starts_at timestamp, ends_at timestamp)"
    )
    for (role, department), (accounts, unconfirmed) in people.items():
        for number in range(accounts):
            user = f"{role}-{department}-{number}"
            connection.execute(
                "insert into account_days values (?, ?, ?, ?, 'human')", (LAST, user, department or None, role or None)
            )
            if number < unconfirmed:
                status = statuses[number % len(statuses)]
                connection.execute("insert into findings values (?, ?, ?, ?)", (f"F-{user}", user, status, LAST))
    for shift in shifts:
        connection.execute("insert into roster values (?, ?, ?)", shift)
    return connection


def spread(connection: duckdb.DuckDBPyConnection, unconfirmed: Sequence[str] | None = None) -> AlertSpread:
    return alert_spread(connection, LAST, small_units, unconfirmed)


def counts(found: AlertSpread) -> dict[tuple[str, str], tuple[int, int, int, int]]:
    return {
        (one.kind, one.name): (one.accounts, one.unconfirmed, one.rest, one.rest_unconfirmed) for one in found.groups
    }


def test_a_group_that_bears_clearly_more_is_named() -> None:
    found = spread(store({("nurse", "OB"): (40, 12), ("doctor", "IM"): (120, 3)}))
    assert (found.accounts, found.unconfirmed) == (160, 15)
    assert counts(found)["role", "nurse"] == (40, 12, 120, 3)
    assert [(one.kind, one.name) for one in found.burdened] == [("role", "nurse"), ("department", "OB")]
    assert found.burdened[0].ratio == pytest.approx((12 / 40) / (3 / 120))
    assert found.burdened[0].interval[0] == pytest.approx(0.1807, abs=1e-4)


@pytest.mark.parametrize(("unconfirmed", "named"), [(9, False), (10, True)])
def test_the_bound_is_the_lower_end_of_the_interval(unconfirmed: int, named: bool) -> None:
    # Of 40: 9 may be 12.3 % at least, 10 may be 14.2 %; one and a half times 6 of 72 is 12.5 %.
    found = spread(store({("nurse", "OB"): (40, unconfirmed), ("doctor", "IM"): (72, 6)}))
    assert bool(found.burdened) is named


def test_few_accounts_in_all_are_not_compared() -> None:
    assert not spread(store({("nurse", "OB"): (40, 9), ("doctor", "IM"): (120, 0)})).is_comparable
    assert spread(store({("nurse", "OB"): (40, 10), ("doctor", "IM"): (120, 0)})).burdened


def test_one_or_two_accounts_are_no_group() -> None:
    others = {("doctor", "IM"): (900, 10)}
    assert not spread(store({("nurse", "OB"): (6, 2), **others})).burdened
    assert spread(store({("nurse", "OB"): (6, 3), **others})).burdened


def test_only_justified_and_false_alarms_count() -> None:
    people = {("nurse", "OB"): (40, 12), ("doctor", "IM"): (120, 0)}
    assert spread(store(people, statuses=("confirmed", "escalated", "open"))).unconfirmed == 0
    assert spread(store(people, statuses=("confirmed", "false_alarm"))).unconfirmed == 6


def test_what_was_decided_by_then_may_be_given() -> None:
    connection = store({("nurse", "OB"): (40, 12), ("doctor", "IM"): (120, 0)}, statuses=("open",))
    assert spread(connection, ["F-nurse-OB-0", "F-nurse-OB-1", "F-unknown"]).unconfirmed == 2


def test_an_account_counts_once_and_where_it_belonged_last() -> None:
    connection = store({("nurse", "OB"): (40, 12), ("doctor", "IM"): (120, 0)})
    connection.execute("insert into findings values ('F2', 'nurse-OB-0', 'justified', ?)", (LAST,))
    connection.execute("insert into account_days select date '2026-06-01', user_id, 'IM', 'student', 'human'"
                       " from account_days where role = 'nurse'")  # fmt: skip
    connection.execute("insert into account_days values (?, 'his', 'OB', 'nurse', 'service')", (LAST,))
    found = spread(connection)
    assert found.first == dt.date(2026, 6, 1)
    assert counts(found)["role", "nurse"] == (40, 12, 120, 0)


def test_no_more_than_180_days_are_looked_back_on() -> None:
    connection = store({("nurse", "OB"): (40, 12), ("doctor", "IM"): (120, 0)})
    old = LAST - dt.timedelta(days=180)
    connection.execute("insert into account_days values (?, 'gone', 'OB', 'nurse', 'human')", (old,))
    connection.execute("insert into findings values ('F-old', 'nurse-OB-20', 'false_alarm', ?)", (old,))
    found = spread(connection)
    assert (found.first, found.accounts, found.unconfirmed) == (old + dt.timedelta(days=1), 160, 12)


def test_small_departments_are_told_together_and_small_roles_not_alone() -> None:
    found = spread(store({
        ("nurse", "OB"): (40, 2), ("nurse", "ICU"): (20, 4), ("clerk", "BILL"): (3, 3), ("", ""): (4, 1),
    }))  # fmt: skip
    shown = counts(found)
    assert shown["department", "OB"] == (40, 2, 27, 8)
    assert shown["department", ""] == (27, 8, 40, 2)  # up to 20 accounts
    assert shown["role", ""] == (7, 4, 60, 6)  # clerks, and those of whom no role is known
    assert all(one.accounts >= 5 and one.rest >= 5 for one in found.groups)


def test_one_department_that_is_small_keeps_its_name() -> None:
    found = spread(store({("nurse", "OB"): (40, 2), ("nurse", "ICU"): (20, 4)}))
    assert set(counts(found)) == {("department", "OB"), ("department", "ICU")}  # of the one role there is no other


def test_night_work_is_a_shift_over_midnight() -> None:
    people = {("nurse", "OB"): (5, 3), ("doctor", "IM"): (50, 1)}
    nights = [(f"nurse-OB-{number}", "2026-06-30 20:00", "2026-07-01 08:00") for number in range(5)]
    others = [
        ("doctor-IM-0", "2026-06-30 16:00", "2026-07-01 00:00"), ("doctor-IM-1", "2026-06-01", "2026-06-30"),
        ("doctor-IM-2", "2025-06-10 20:00", "2025-06-11 08:00"),
    ]  # fmt: skip
    found = spread(store(people, shifts=[*nights, *others]))
    assert counts(found)["night", "yes"] == (5, 3, 50, 1)
    assert counts(found)["night", "no"] == (50, 1, 5, 3)
    assert not [one for one in spread(store(people)).groups if one.kind == "night"]  # no roster


def test_too_few_at_night_are_not_told() -> None:
    nights = [(f"nurse-OB-{number}", "2026-06-30 20:00", "2026-07-01 08:00") for number in range(4)]
    found = spread(store({("nurse", "OB"): (50, 3)}, shifts=nights))
    assert found.groups == []
    assert not found.is_comparable


def test_nobody_at_work_is_no_error() -> None:
    found = spread(store({}))
    assert (found.first, found.accounts, found.groups, found.burdened) == (LAST, 0, [], [])


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_is_told_without_a_judgement_on_people(language: Language) -> None:
    say = load_texts(language)
    few, even, uneven = (
        spread(store({("nurse", "OB"): (40, nurses), ("doctor", "IM"): (120, doctors)}))
        for nurses, doctors in ((1, 1), (5, 15), (12, 3))
    )
    kinds = [[block.kind for block in spread_blocks(one, say)] for one in (few, even, uneven)]
    assert kinds == [["paragraph", "table"], ["paragraph", "table"], ["items", "table"]]
    assert [block.kind for block in spread_blocks(spread(store({("nurse", "OB"): (40, 0)})), say)] == ["paragraph"]
    told = uneven.burdened[0].compared(say)
    assert (
        told
        == {
            "en": "Role nurse: 12 of 40 accounts, of all others 3 of 120",
            "zh": "岗位：nurse，40 个账号中有 12 个；其余 120 个账号中有 3 个",
        }[language]
    )


def test_a_group_without_a_name_is_told_as_unknown() -> None:
    say = load_texts("en")
    assert Group("role", "", 0, 10, 1, 10, 1).named(say) == "Role unknown"
    assert Group("department", "", 3, 10, 1, 10, 1).named(say) == "Department 3 smaller units together"
