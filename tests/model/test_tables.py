"""Every table of the house is declared as it is: compared with the tables of a real night."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from detector.database.queries import sql_names
from detector.deployment.settings import Settings
from detector.detection.features import FEATURES
from detector.detection.streams import ACCESS_COMPONENTS, COMPONENTS
from detector.findings.late_evidence import KEPT
from detector.loading.context import load_context
from detector.loading.events import load_events
from detector.model import event_columns
from detector.model.tables import CONTEXT, EVENTS, PATIENT_DAYS, STORED, TABLES, TEMPORARY, Column, Table
from detector.night.job import judge_night
from detector.policies.catalogue import load_policies
from detector.sources.context_tables import CONTEXT_TABLES
from detector.store import open_store
from detector.store.parts import events_sql, patient_days_sql
from detector.store.schema import create_tables
from tests.site_folder import Deployment

NIGHT = dt.date(2026, 6, 2)
LOADING = {"spelled_clocks", "typed_rows", "unread_rows", "contested", "context_rows"}
"""Tables of the last chunk that was loaded; their columns depend on the log."""
MORE = {
    "account_days": [(feature.id, "bigint") for feature in FEATURES],
    "suspicions": [(component, "bigint") for component in ACCESS_COMPONENTS],
    "evidence_days": [(component, "bigint") for component in COMPONENTS],
}
"""Columns that other parts of the detector declare."""


def described(connection: duckdb.DuckDBPyConnection, name: str) -> list[tuple[str, str]]:
    rows = connection.execute(f"describe {name}").fetchall()
    return [(str(column), str(kind).lower()) for column, kind, *_ in rows]


def small_site(folder: Path) -> Settings:
    """Two dates of a small log: one account opens its own record, and one exports a list."""
    site = Deployment(folder)
    lines = [
        f"e{day}{user},2026-06-0{day} 10:0{user}:00,u{user},{patient},{action}"
        for day in (1, 2)
        for user, patient, action in ((1, "p1", "view"), (2, "p2", "update"), (3, "", "export"))
    ]
    site.write("log.csv", *lines)
    (folder / "staff.csv").write_text("user_id,name,patient_id\nu1,Li,p1\nu2,Wang,\n", encoding="utf-8")
    site.context = '[context]\nstaff = "staff.csv"\n'
    return site.settings()


@pytest.fixture(scope="module")
def night(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    """The connection of a store right after a night."""
    settings = small_site(tmp_path_factory.mktemp("site"))
    with open_store(settings, threads=1) as store:
        load_events(store, settings)
        load_context(store, settings)
        policies = load_policies(settings)
        for date in (NIGHT - dt.timedelta(days=1), NIGHT):
            judge_night(store, settings, policies, date, dt.datetime(2026, 6, 3, tzinfo=dt.UTC))
        yield store.connection


def names_of(connection: duckdb.DuckDBPyConnection, *, temporary: bool) -> set[str]:
    sql = "select table_name from duckdb_tables() where temporary = ?"
    return {str(name) for (name,) in connection.execute(sql, [temporary]).fetchall()}


@pytest.mark.parametrize("name", TABLES)
def test_a_table_has_the_columns_that_are_declared(night: duckdb.DuckDBPyConnection, name: str) -> None:
    found = described(night, name)
    own = len(TABLES[name].columns)
    assert found[:own] == list(TABLES[name].types.items())
    assert sorted(found[own:]) == sorted(MORE.get(name, []))


def test_a_night_leaves_no_other_tables(night: duckdb.DuckDBPyConnection) -> None:
    assert names_of(night, temporary=False) == {table.name for table in STORED}
    assert names_of(night, temporary=True) == {table.name for table in TEMPORARY} | LOADING | set(KEPT)


def test_the_night_fires_and_has_rows(night: duckdb.DuckDBPyConnection) -> None:
    for name in ("night_events", "patient_days", "accounts", "export_days", "policy_events", "findings", "source_days"):
        assert night.execute(f"select count(*) from {name}").fetchall()[0][0], name


def test_every_file_of_the_night_makes_a_declared_table() -> None:
    assert {name.removesuffix(".sql") for name in sql_names("night")} <= set(TABLES)


def test_the_schema_creates_what_is_declared() -> None:
    connection = duckdb.connect()
    create_tables(connection)
    assert names_of(connection, temporary=False) == {table.name for table in STORED} - {"schema_steps"}


def test_a_store_without_parts_has_the_same_views(tmp_path: Path) -> None:
    connection = duckdb.connect()
    create_tables(connection)
    for table, select in (
        (EVENTS, events_sql(connection, tmp_path, [])),
        (PATIENT_DAYS, patient_days_sql(tmp_path, [])),
    ):
        assert described(connection, f"({select})") == list(table.types.items())


def test_files_of_context_tables_have_the_columns_that_are_declared() -> None:
    assert {name: tuple(column.name for column in one.columns) for name, one in CONTEXT_TABLES.items()} == {
        table.name: table.names for table in CONTEXT
    }


def test_a_log_may_have_every_column_but_those_that_loading_adds() -> None:
    assert set(event_columns.COLUMNS) | set(event_columns.LOADED) == set(EVENTS.names)
    assert set(event_columns.REQUIRED_COLUMNS) | set(event_columns.ENUMS) < set(event_columns.COLUMNS)


def test_every_declaration_says_what_it_means() -> None:
    for table in TABLES.values():
        assert table.row
        assert not table.row.endswith(".")
        assert len(set(table.names)) == len(table.names), table.name
        for column in table.columns:
            assert column.text.endswith("."), f"{table.name}.{column.name}"


def test_columns_are_picked_and_left_out_by_name() -> None:
    table = Table("t", "a row", (Column("a", "integer", "A."), Column("b", "varchar", "B.")))
    assert [column.name for column in table.pick("b", "a")] == ["b", "a"]
    assert table.omit("a") == table.pick("b")
    with pytest.raises(KeyError):
        table.omit("c")
    assert duckdb.connect().sql(f"describe {table.empty_select()}").fetchall()[1][:2] == ("b", "VARCHAR")
