"""Whom a seal leaves alone: those with a ground, and who wrote what the unit usually writes."""

from __future__ import annotations

import duckdb
import pytest

from detector.database.queries import sql_text


@pytest.mark.parametrize(
    ("state", "explanation", "wrote", "fires"),
    [
        ("explained", "inpatient", False, False),
        ("explained", "habit", True, False),  # the laboratory files a result
        ("explained", "habit", False, True),  # it looks
        ("neither", "own_writing", True, True),  # a note by somebody whose work it is not
        ("suspicious", None, True, True),
    ],
)
def test_a_ground_or_usual_writing_is_needed(state: str, explanation: str | None, wrote: bool, fires: bool) -> None:
    with duckdb.connect(config={"threads": 1}) as connection:
        connection.execute(
            "create table night_events as select 'u' as user_id, 'e' as event_id, 'p' as patient_id, 'view' as action,"
            " 'result' as category, 'success' as outcome, true as is_access, timestamp '2026-06-04 12:00' as event_time"
        )
        connection.execute(
            "create table sealed_records as select 'p' as patient_id, timestamp '2026-06-04 10:00' as starts_at,"
            " null::timestamp as ends_at"
        )
        connection.execute("create table accounts as select 'u' as user_id, 'human' as account_type")
        connection.execute(
            "create table night_patient_days as select 'u' as user_id, 'p' as patient_id, $state::varchar as state,"
            " $explanation::varchar as explanation, $wrote::boolean as wrote",
            {"state": state, "explanation": explanation, "wrote": wrote},
        )
        statement = sql_text("policies", "sealed-record.sql").partition("*/")[2]
        found = connection.execute(statement, {"exempt_accounts": []}).fetchall()
    assert [row[0] for row in found] == ["u"] * fires
