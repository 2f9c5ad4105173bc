"""What is asked of each kind of server, and what its values become; no server is needed."""

from __future__ import annotations

import uuid
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest

pytest.importorskip("sqlalchemy")

from sqlalchemy import Dialect
from sqlalchemy.dialects import mssql, mysql, oracle, postgresql

from detector.deployment.log_sources import Source
from detector.loading.view_reader import address, batch, json_value, newest, unmarked, view_of

AT = datetime(2026, 6, 1, 8, tzinfo=UTC)
DIALECTS = {
    "postgresql": postgresql.dialect(), "mysql": mysql.dialect(), "mssql": mssql.dialect(), "oracle": oracle.dialect(),
}  # fmt: skip


def said(statement: Any, dialect: Dialect) -> str:
    return " ".join(str(statement.compile(dialect=dialect, compile_kwargs={"literal_binds": False})).split())


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("postgresql", 'SELECT id, "操作时间" FROM audit.log WHERE id >= ORDER BY id LIMIT'),
        ("mysql", "SELECT id, `操作时间` FROM audit.log WHERE id >= ORDER BY id LIMIT"),
        ("mssql", "SELECT TOP id, [操作时间] FROM audit.log WHERE id >= ORDER BY id"),
        ("oracle", 'SELECT id, "操作时间" FROM audit.log WHERE id >= ORDER BY id FETCH FIRST ROWS ONLY'),
    ],
)
def test_a_batch_in_the_words_of_each_server(name: str, expected: str) -> None:
    dialect = DIALECTS[name]
    text = said(batch(view_of("audit.log"), ("id", "操作时间"), "id", 7, 100), dialect)
    for word in expected.split():
        assert word in text
    assert "> " in said(batch(view_of("log"), ("id",), "id", 7, 100, behind=True), dialect)
    assert "id IS NOT NULL" in said(batch(view_of("log"), ("id",), "id", None, 100), dialect)
    assert "ORDER BY id DESC" in said(newest(view_of("log"), ("id",), "id", 100), dialect)
    assert "id IS NULL" in said(unmarked(view_of("log"), "id"), dialect)


def test_names_cannot_become_statements() -> None:
    text = said(batch(view_of('log"; drop table x'), ('a"b',), 'a"b', 1, 2), DIALECTS["postgresql"])
    assert 'FROM "log""; drop table x"' in text
    assert '"a""b" >=' in text


def test_times_with_an_offset_are_asked_for_with_it() -> None:
    text = said(batch(view_of("log"), ("at",), "at", AT, 2), DIALECTS["postgresql"])
    assert "WITHOUT TIME ZONE" not in text


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, None), ("00123", "00123"), (7, "7"), (7.0, "7"), (7.5, "7.5"), (Decimal("1E+3"), "1000"),
        (Decimal("7.00"), "7"), (Decimal("7.50"), "7.50"), (True, "true"), (date(2026, 6, 1), "2026-06-01"),
        (datetime(2026, 6, 1, 8, tzinfo=timezone(timedelta(hours=8))), "2026-06-01T00:00:00+00:00"),
        (AT.replace(tzinfo=None), "2026-06-01 08:00:00"), (time(8, 5), "08:05:00"),
        (timedelta(hours=8, minutes=5), "08:05:00"), ("李".encode(), "李"), (b"\x00\xff", "00ff"),
        (memoryview(b"ab"), "ab"), (["p1", "p2"], ["p1", "p2"]),
        ({"actor": {"id": 7}}, {"actor": {"id": 7}}),
        ({"data": [{"id": 7}]}, '{"data": [{"id": 7}]}'), (uuid.UUID(int=1), str(uuid.UUID(int=1))),
    ],
)  # fmt: skip
def test_values_as_texts(value: object, expected: object) -> None:
    assert json_value(value) == expected


@pytest.mark.parametrize(
    ("scheme", "driver"),
    [
        ("postgresql", "postgresql+psycopg"), ("mysql", "mysql+pymysql"), ("mariadb", "mariadb+pymysql"),
        ("mssql", "mssql+pymssql"), ("oracle", "oracle+oracledb"),
    ],
)  # fmt: skip
def test_each_kind_of_server_has_its_driver(scheme: str, driver: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET", "p@ss:w/rd")
    source = Source("his", "database", "x", url=f"{scheme}://audit@his-db/his", view="v", password_env="SECRET")
    url, spoken = address(source)
    assert (url.drivername, url.password, spoken.name) == (driver, "p@ss:w/rd", driver)
    assert url.get_dialect().name in {"postgresql", "mysql", "mariadb", "mssql", "oracle"}
    assert "p@ss" not in f"{url!r}{url}"
