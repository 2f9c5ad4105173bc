"""What a context table covers in reports and in `check` is what the night takes from it."""

from __future__ import annotations

from typing import Any

import duckdb
import pytest

from detector.database.queries import sql_text
from detector.database.rows import select
from tests.detection.worlds import NIGHT, Hospital, hospital

STAYS = [
    ("03-19 15:00", None), ("03-20 20:00", None), ("03-10", "03-15 09:00"), ("01-10", "02-18 09:00"),
    ("01-10", "02-17 09:00"),
]  # fmt: skip
VISITS = ["03-20 15:00", "03-01 15:00", "02-18 15:00", "02-17 15:00"]
TEAMS = [
    ("03-19", None), (None, None), ("03-20 20:00", None), ("03-01", "03-16"), ("03-01", "03-17 09:00"),
    ("03-01", "03-17 11:00"),
]  # fmt: skip
TIMES = ["06:59", "07:00", "12:00", "17:30", "17:31"]


def world() -> Hospital:
    """Stays, visits, rows of care teams and shifts of one unit, at and beyond the edges of what counts."""
    made = hospital()
    for number, (since, end) in enumerate(STAYS):
        made.nurse(f"s{number}").patient(f"s{number}").admitted("OB", since, end).opens(f"s{number}", f"s{number}")
    for number, at in enumerate(VISITS):
        made.nurse(f"v{number}").patient(f"v{number}").visited("OB", at).opens(f"v{number}", f"v{number}")
    for number, (start, end) in enumerate(TEAMS):
        made.nurse(f"t{number}").patient(f"t{number}").cared_by(f"t{number}", start, end)
        made.opens(f"t{number}", f"t{number}")
    for number, at in enumerate(TIMES):
        made.nurse(f"r{number}").on_duty(f"r{number}", "08:00", "16:00").opens(f"r{number}", "unknown", at)
    return made


def expected(facts: list[dict[str, Any]]) -> dict[str, int]:
    """Return how many accesses the night took something from each table for."""
    relations = [row["relation"] for row in facts]
    return {
        "staff": len(facts),
        "patients": sum(row["patient_id"] != "unknown" for row in facts),
        "encounters": sum(name not in {"former", "stranger", "care_team"} for name in relations),
        "care_team": relations.count("care_team"),
        "roster": sum(row["off_roster"] is False for row in facts),
    }


@pytest.fixture(scope="module")
def night() -> duckdb.DuckDBPyConnection:
    made = world()
    connection = made.connection()
    made.prepare(connection)
    connection.execute("create temp table patient_days as from facts")
    return connection


def test_reports_count_what_the_night_takes(night: duckdb.DuckDBPyConnection) -> None:
    facts = select(night, "from facts")
    (row,) = select(night, sql_text("report", "context_coverage.sql"), {"first": NIGHT, "last": NIGHT})
    assert row == {"patient_days": len(facts)} | expected(facts)
    assert 0 < row["encounters"] < len(STAYS + VISITS)
    assert 0 < row["care_team"] < len(TEAMS)
    assert row["roster"] == 3


def test_a_sample_counts_the_same(night: duckdb.DuckDBPyConnection) -> None:
    facts = select(night, "from facts")
    (row,) = select(night, sql_text("load", "sample_shares.sql"))
    totals = {"events": len(facts), "accesses": len(facts), "without_patient": 0, "without_person": 0}
    accounts = len({one["user_id"] for one in facts})
    totals |= {"active_accounts": accounts, "known_accounts": accounts}
    counts = expected(facts)
    del counts["staff"]
    assert row == totals | counts
