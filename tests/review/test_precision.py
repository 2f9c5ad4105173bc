"""The measured precision: of alerts raised and of accounts drawn, by case, with Wilson's interval."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest

from detector.review.precision import Estimate, measured_precision, wilson

Call = Callable[..., tuple[int, str, str]]
Found = Callable[..., dict[str, dict[str, Any]]]


def findings(*rows: tuple[bool, str, str]) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute(
        "create table findings (sampled boolean, case_id text, status text, alert boolean, subject text,"
        " alerted_by text[], method text)"
    )
    connection.execute("insert into findings values (true, 'x', 'confirmed', false, 'account', [], '{}')")
    connection.execute("insert into findings values (true, 'y', 'confirmed', true, 'record', ['draw'], '{}')")
    connection.execute("insert into findings values (false, 'z', 'confirmed', true, 'account', ['policy'], '{}')")
    connection.execute("insert into findings values (false, 'z', 'confirmed', true, 'account', null, '{}')")
    for row in rows:
        connection.execute("insert into findings values (?, ?, ?, true, 'account', ['ranking'], '{}')", row)
    return connection


def test_cases_count_once_and_what_waits_does_not_count() -> None:
    found = measured_precision(
        findings(
            (False, "a", "confirmed"), (False, "a", "false_alarm"), (False, "b", "justified"), (False, "c", "open"),
            (False, "d", "escalated"), (False, "d", "justified"), (True, "e", "false_alarm"), (True, "f", "open"),
        )
    )  # fmt: skip
    assert found.raised == Estimate(confirmed=1, decided=2, waiting=1)
    assert found.drawn == Estimate(confirmed=0, decided=1, waiting=1)
    assert (found.raised.share, found.drawn.share) == (0.5, 0.0)


def test_nothing_decided_tells_nothing() -> None:
    found = measured_precision(findings())
    assert found.raised == found.drawn == Estimate(0, 0, 0)
    assert found.drawn.share is None
    assert found.drawn.interval == (0.0, 1.0)


@pytest.mark.parametrize(
    ("count", "of", "low", "high"), [(0, 10, 0.0, 0.2775), (5, 10, 0.2366, 0.7634), (10, 10, 0.7225, 1.0)]
)
def test_the_interval_is_the_published_one(count: int, of: int, low: float, high: float) -> None:
    assert wilson(count, of) == pytest.approx((low, high), abs=1e-4)


def test_the_officer_sees_it_in_status(site: Path, call: Call, found: Found) -> None:
    assert "Alerts of the ranking" not in call("status")[1]
    call("triage", found()["n1"]["finding_id"], "-d", "confirmed", "-n", "x")
    call("triage", found()["n2"]["finding_id"], "-d", "false_alarm")
    assert "Alerts of the ranking" not in call("status")[1]  # policies raised them: nothing of the ranking
    with duckdb.connect(str(site / "state" / "published.duckdb")) as published:
        published.execute("update findings set alerted_by = ['ranking'] where alert")
    assert "1 of 2 decided confirmed (too few to estimate); 1 waiting" in call("status")[1]
    (row,) = map(json.loads, call("status", "--format", "ndjson")[1].splitlines())
    assert row["precision"]["raised"]["share"] == 0.5
    assert row["precision"]["drawn"]["decided"] == 0
