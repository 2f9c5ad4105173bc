"""The digest of a context table is that of what the night knew of it, whichever export it worked with."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

import duckdb
import pytest

from detector.loading.context_digests import context_used
from detector.model.methods import ContextUsed
from detector.store.schema import create_tables

NIGHT = dt.date(2026, 6, 10)
STARTED = [
    ("V1", "P1", "2026-06-01 08:00", "2026-06-05 10:00"),
    ("V2", "P2", "2026-06-09 08:00", None),
    ("V2", "P2", "2026-06-09 08:00", None),
    ("V3", "P3", None, "2026-06-11 00:00"),
]


@pytest.fixture
def connection() -> Iterable[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as opened:
        create_tables(opened)
        yield opened


def export(connection: duckdb.DuckDBPyConnection, rows: Iterable[tuple[str | None, ...]], digest: str) -> None:
    """Let an export of the visits be in use."""
    connection.execute("delete from encounters")
    connection.executemany(
        "insert into encounters by name select ? as visit_id, ? as patient_id, ?::timestamp as starts_at,"
        " ?::timestamp as ends_at",
        list(rows),
    )
    connection.execute(
        "insert or replace into context_tables by name select 'encounters' as name, true as configured,"
        " 'x.csv' as path, 0 as rows, 0 as quarantined, ? as digest, date '2026-06-10' as good_on",
        [digest],
    )


def used(connection: duckdb.DuckDBPyConnection, night: dt.date = NIGHT) -> ContextUsed:
    (found,) = context_used(connection, night)
    return found


def test_a_later_export_tells_the_same_of_a_night(connection: duckdb.DuckDBPyConnection) -> None:
    export(connection, STARTED, "a")
    before = used(connection)
    assert (before.id, before.version, before.rows) == ("encounters", "2026-06-10", 4)
    later = [*STARTED[1:], STARTED[0], ("V4", "P4", "2026-06-11 08:00", None)]
    later = [("V2", "P2", "2026-06-09 08:00", "2026-06-12 09:00") if row[0] == "V2" else row for row in later]
    export(connection, later, "b")
    assert used(connection) == before
    with duckdb.connect() as other:
        create_tables(other)
        export(other, later, "b")
        assert used(other) == before
        assert used(other, dt.date(2026, 6, 12)).rows == 5
    assert len({used(connection, dt.date(2026, 6, day)).sha256 for day in (4, 5, 8, 9, 10, 11, 12, 13)}) == 6


@pytest.mark.parametrize(
    "change",
    [
        lambda rows: rows[1:],
        lambda rows: [*rows, rows[-1]],
        lambda rows: [("V9", *rows[0][1:]), *rows[1:]],
        lambda rows: [(rows[0][1], rows[0][0], *rows[0][2:]), *rows[1:]],
        lambda rows: [(*rows[0][:3], "2026-06-05 10:01"), *rows[1:]],
        lambda rows: [(*rows[0][:3], None), *rows[1:]],
        lambda rows: [*rows[:1], *[row for row in rows if row[0] != "V2"][1:]],
    ],
)
def test_whatever_the_night_would_have_known_changes_it(connection: duckdb.DuckDBPyConnection, change) -> None:  # type: ignore[no-untyped-def]
    export(connection, STARTED, "a")
    before = used(connection)
    export(connection, change(STARTED), "b")
    assert used(connection).sha256 != before.sha256


def test_tables_that_no_night_used_are_not_named(connection: duckdb.DuckDBPyConnection) -> None:
    assert context_used(connection, NIGHT) == ()
    connection.execute(
        "insert into context_tables by name select 'staff' as name, true as configured, 'x' as path, 0 as rows,"
        " 0 as quarantined, 'columns' as failure"
    )
    assert context_used(connection, NIGHT) == ()


def test_undated_tables_are_known_whole(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute("insert into decoy_patients values ('D1'), ('D2')")
    connection.execute(
        "insert into context_tables by name select 'decoy_patients' as name, true as configured, 'x' as path,"
        " 2 as rows, 0 as quarantined, 'a' as digest"
    )
    found = used(connection)
    assert (found.id, found.version, found.rows) == ("decoy_patients", None, 2)
    assert used(connection, dt.date(2020, 1, 1)) == found
