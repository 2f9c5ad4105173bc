"""Which accounts of two hospitals are one person's, and that sums are all that is told of them."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import duckdb
import pytest

from detector.database.connection import create_macros
from detector.deployment.groups import load_group
from detector.detection.streams import COMPONENTS
from detector.errors import InputError
from detector.group.leaving import LEAVING, LeavingHospital, in_several, plain
from detector.group.persons import read_persons
from detector.privacy.pseudonyms import Pseudonyms
from detector.store.schema import create_tables
from tests.detection.worlds import add_suspicion

TOKENS = Pseudonyms(b"k" * 32)
NIGHT = dt.date(2026, 6, 20)


@pytest.fixture
def connection() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    create_macros(connection)
    create_tables(connection)
    for name in COMPONENTS:
        connection.execute(f"alter table evidence_days add column if not exists {name} bigint")
        connection.execute(f"alter table suspicions add column if not exists {name} bigint")
    return connection


def hospital(
    connection: duckdb.DuckDBPyConnection, *accounts: tuple[str, str | None, str], **persons: str
) -> LeavingHospital:
    """A hospital with accounts: number, name, type."""
    for user, name, kind in accounts:
        connection.execute(
            "insert into account_spans values (?, ?, ?, ?, 'OB', 'nurse', ?)", [user, NIGHT, NIGHT, name, kind]
        )
    return LeavingHospital(connection, TOKENS, persons)


def test_number_and_name_make_one_person_and_neither_alone(connection: duckdb.DuckDBPyConnection) -> None:
    one = hospital(connection, ("WP-07", "Zhào Min", "human"), ("1077", "王芳", "human"), ("n1", None, "human"))
    other = hospital(
        duckdb_copy(connection), ("wp07", "zhào  min", "human"), ("1077", "李娜", "human"), ("2001", "王芳", "human"),
        ("n1", None, "human"),
    )  # fmt: skip
    shared = in_several({"a": one.accounts(), "b": other.accounts()}, 2)
    assert shared == {TOKENS("wp07\0zhàomin", "account")}


def duckdb_copy(connection: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    other = duckdb.connect()
    create_macros(other)
    create_tables(other)
    return other


def test_machines_are_nobody_and_the_group_s_table_says_who_is_who(connection: duckdb.DuckDBPyConnection) -> None:
    one = hospital(
        connection, ("pacs", "PACS", "service"), ("zzj", "自助机", "kiosk"), ("v1", "HIS驻场", "vendor"),
        ("a1", "周敏", "human"), a1="person 7",
    )  # fmt: skip
    assert one.accounts() == {
        TOKENS("v1\0his驻场", "account"): "vendor",
        TOKENS("person\0person 7", "account"): "human",
    }


def test_what_two_systems_write_differently_is_the_same() -> None:
    assert plain(" ＷＰ－００7 ") == plain("wp-007") == "wp007"
    assert plain("张 伟") == plain("张伟")


def test_of_an_account_the_sums_of_its_dates_leave(connection: duckdb.DuckDBPyConnection) -> None:
    one = hospital(connection, ("wp07", "赵敏", "human"), ("other", "钱多", "human"))
    for user, date, nats in (("wp07", NIGHT, 5), ("wp07", NIGHT - dt.timedelta(days=200), 7), ("other", NIGHT, 9)):
        connection.execute(
            f"insert into evidence_days (business_date, user_id, department, role, {COMPONENTS[0]})"
            " values (?, ?, 'OB', 'nurse', ?)",
            [date, user, nats],
        )
    token = TOKENS("wp07\0赵敏", "account")
    days = one.account_days([token], NIGHT - dt.timedelta(days=120), NIGHT)
    assert days.columns == ["token", "business_date", *COMPONENTS]
    assert days.select("token", "business_date", COMPONENTS[0]).rows() == [(token, NIGHT, 5)]
    assert days.select(COMPONENTS[1:]).sum_horizontal().to_list() == [0]


def test_of_a_record_its_token_and_how_many_looked(connection: duckdb.DuckDBPyConnection) -> None:
    one = hospital(connection, ("u1", "赵敏", "human"))
    connection.execute(
        "insert into patients values ('P1', date '1990-01-01', 'F', null, null), ('P2', null, 'F', null, null)"
    )
    for user, patient, nats in (
        ("u1", "P1", 2.5),
        ("u2", "P1", 3.0),
        ("u3", "P1", 9.0),
        ("u4", "P1", 0.6),
        ("u1", "P2", 9.0),
    ):
        add_suspicion(connection, str(NIGHT), user, patient, **{COMPONENTS[0]: int(nats * 1e6)})
    connection.execute("update suspicions set approved = true where user_id = 'u3'")
    days = one.record_days(NIGHT, NIGHT)
    token = TOKENS("P1\x001990-01-01\x00F")
    assert days.rows() == [(token, NIGHT, 2)]
    assert [user for user, _ in one.members("record", token, NIGHT, NIGHT)] == ["u1", "u2"]


def test_everything_that_leaves_is_declared_and_names_no_patient() -> None:
    columns = {column.name for table in LEAVING for column in table.columns}
    assert not columns & {"patient_id", "event_id", "event_ids", "raw", "client_ip", "user_name", "name"}


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("hospital,user_id,person\nEast,a1,\n", "row 1 needs hospital, user_id and person"),
        ("hospital,user_id,person\nNorth,a1,7\n", "row 1: the group has no hospital 'North'"),
        ("hospital,user,person\nEast,a1,7\n", "row 1 needs hospital, user_id and person"),
        (None, "cannot be read"),
    ],
)
def test_a_table_of_persons_that_is_wrong_is_named(tmp_path: Path, content: str | None, told: str) -> None:
    (tmp_path / "group.toml").write_text(
        '[group]\nname = "G"\nkey_file = "k"\naccounts = "who.csv"\n[[hospital]]\nname = "East"\nconfig = "e"\n',
        encoding="utf-8",
    )
    if content is not None:
        (tmp_path / "who.csv").write_text(content, encoding="utf-8")
    with pytest.raises(InputError, match=told):
        read_persons(load_group(tmp_path / "group.toml"))


def test_a_table_of_persons_is_read_by_hospital(tmp_path: Path) -> None:
    (tmp_path / "group.toml").write_text(
        '[group]\nname = "G"\nkey_file = "k"\naccounts = "who.csv"\n[[hospital]]\nname = "East"\nconfig = "e"\n',
        encoding="utf-8",
    )
    (tmp_path / "who.csv").write_text("﻿hospital,user_id,person\nEast,a1,7\nEast,b2,8\n", encoding="utf-8")
    assert read_persons(load_group(tmp_path / "group.toml")) == {"East": {"a1": "7", "b2": "8"}}
