"""Who held an account from when to when, by the dated rows of the staff table."""

from __future__ import annotations

import datetime as dt

import pytest

from tests.detection.worlds import hospital, moment, until


def held(*rows: tuple[str, str | None, str | None, str | None, str]) -> list[tuple[str, str]]:
    """Return name and first date of an account's holders; rows are ``name, start, end, own record, status``."""
    site = hospital()
    for name, start, end, record, status in rows:
        since = moment(start) if start else None
        site._add("staff", "7", name, "OB", "nurse", "human", status, since, until(end), record, None, None, None)
    connection = site.connection()
    found = connection.execute("select number, name, since, until, holder from holders order by number").fetchall()
    connection.close()
    assert [row[0] for row in found] == list(range(1, len(found) + 1))
    assert [row[2] for row in found[1:]] == [row[3] for row in found[:-1]]
    assert [row[4].partition("\x1f")[0] for row in found] == ["7"] * len(found)
    assert found[0][4] == "7"
    return [(name, "" if since == dt.date.min else str(since)[5:]) for _, name, since, *_ in found]


LI = ("Li Na", None, "03-01", None, "active")


@pytest.mark.parametrize(
    ("row", "gap"),
    [
        (("Wang Fang", "03-03", None, None, "active"), "03-03"),
        (("Li Fang", "03-10", None, None, "active"), "03-10"),
        (("Wang Fang", "03-02", None, None, "active"), ""),
        (("Wang Fang", "02-20", None, None, "active"), ""),
        (("Li Na", "04-01", None, None, "active"), ""),
        (("na  LI", "04-01", None, None, "active"), ""),
        (("Dr. Li Na-Wu", "04-01", None, None, "active"), ""),
        (("", "04-01", None, None, "active"), ""),
    ],
)
def test_another_name_after_a_gap_is_another_holder(row: tuple[str, str, None, None, str], gap: str) -> None:
    assert [since for _, since in held(LI, row)] == ["", gap][: 2 if gap else 1]


def test_the_own_record_tells_more_than_name_and_gap() -> None:
    one = ("Li Na", None, "03-01", "P1", "active")
    assert held(one, ("Wu Na", "06-01", None, "P1", "active")) == [("Wu Na", "")]
    assert held(one, ("Wu Na", "03-02", None, "P2", "active")) == [("Li Na", ""), ("Wu Na", "03-02")]


def test_who_left_nobody_knows_when_has_left_before_the_next_comes() -> None:
    assert held(("李娜", None, None, None, "left"), ("王芳", "04-01", None, None, "active")) == [
        ("李娜", ""), ("王芳", "04-01"),
    ]  # fmt: skip
    assert len(held(("李娜", None, None, None, "active"), ("王芳", "04-01", None, None, "active"))) == 1


def test_an_account_may_have_many_holders_one_after_the_other() -> None:
    rows = [(name, f"0{month}-01", f"0{month}-20", None, "active") for month, name in enumerate("ABCB", 1)]
    assert held(*rows) == [("A", ""), ("B", "02-01"), ("C", "03-01"), ("B", "04-01")]
