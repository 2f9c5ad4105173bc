"""What is read from the store: only what lay before the date, in the right span and manner."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import duckdb
import numpy as np
import polars as pl
import pytest

from detector.database.queries import sql_text
from detector.errors import UsageError
from detector.loading.events import load_events
from detector.store import open_store
from detector.tracing.exposure import MOST_MOMENTS, AccessHistory, LeakExposure, lag_table, representative_dates
from detector.tracing.leak_hypotheses import MANNERS, MASK_IN_WINDOW, SPAN_STARTS, WINDOWS, window_beliefs
from tests.tracing.worlds import World, day, listed, named


def mask(found: LeakExposure, user: str, patient: str, manner: str) -> int:
    account = found.accounts["user_id"].to_list().index(user)
    complaint = found.complaints["patient_id"].to_list().index(patient)
    return int(found.masks[account, complaint, [one.id for one in MANNERS].index(manner)])


def test_spans_of_days_before_the_date(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.opens("n1", "a", 40, flags=("contact",)).opens("n1", "a", 39).opens("n1", "a", 37)
    world.opens("n1", "a", 10, flags=("wrote",)).opens("n1", "b", 41)
    with world.open() as published:
        found = AccessHistory(published.connection).exposure(listed(["a", "b"], 40))
    assert mask(found, "n1", "a", "opened") == 0b1011  # 0 and 1, 3, and 30 days before
    assert mask(found, "n1", "a", "contact") == mask(found, "n1", "a", "contact_only") == 0b1
    assert mask(found, "n1", "a", "read_only") == 0b0011
    assert mask(found, "n1", "b", "opened") == 0, "opened after it became known"


def test_each_complaint_has_its_own_date(tmp_path: Path) -> None:
    world = World(tmp_path).opens("n1", ["a", "b"], 5)
    dates = pl.DataFrame({"patient_id": ["a", "b"], "known_on": [day(4), day(6)]})
    with world.open() as published:
        found = AccessHistory(published.connection).exposure(dates)
    assert (mask(found, "n1", "a", "opened"), mask(found, "n1", "b", "opened")) == (0, 1)


def test_unknown_numbers_are_kept_apart_and_dates_filled_in(tmp_path: Path) -> None:
    world = World(tmp_path).opens("n1", "a", 0).opens("n1", "b", 9)
    with world.open() as published:
        found = AccessHistory(published.connection).exposure(listed(["ghost", "a"]))
        with pytest.raises(UsageError, match="none of the 1 patient"):
            AccessHistory(published.connection).exposure(listed(["ghost"]))
    assert found.unknown == ("ghost",)
    assert found.complaints.rows() == [("a", day(9))]


def test_controls_are_patients_of_the_same_department_nearest_in_time(tmp_path: Path) -> None:
    world = World(tmp_path).stay(["a", "c1"], 10).stay(named("far", 80), 0).stay(["e"], 10, "ER")
    world.opens("n1", ["a", "c1"], 11).opens("n2", ["e", "a"], 11)
    with world.open() as published:
        controls = AccessHistory(published.connection).exposure(listed(["a"], 20)).controls
    assert controls.rows() == [("a", "n1", 1, 60)]


def test_lists_without_a_patients_number_are_told(tmp_path: Path) -> None:
    rows = [("x1", 30, 400), ("x1", 31, 90), ("x2", 31, 10), ("x3", 41, 900), ("x4", 20, 60)]
    (tmp_path / "logs").mkdir()
    lines = [f"{day(on)} 10:00:00,{user},,export,{count}" for user, on, count in rows]
    (tmp_path / "logs" / "a.csv").write_text(
        "event_time,user_id,patient_id,action,record_count\n" + "\n".join(lines) + "\n"
    )
    world = World(tmp_path).opens("n1", "a", 30)
    with open_store(world.settings(), threads=1) as store:
        load_events(store, world.settings())
        _approve(store.connection)
    with world.open() as published:
        found = AccessHistory(published.connection).list_exports(listed(["a"], 40))
    assert [tuple(one.values()) for one in found] == [
        ("x1", 400, day(30), "month end", day(30), day(30)), ("x4", 60, day(20), None, None, None),
    ]  # fmt: skip


def _approve(connection: duckdb.DuckDBPyConnection) -> None:
    approvals = [
        ("x1", "bulk-export|log-gap", 30, 31, "month end"), ("x1", "", 29, 30, "ended before"),
        ("x4", "after-hours-access", 1, 99, "nights"),
    ]  # fmt: skip
    for user, patterns, start, end, reason in approvals:
        connection.execute(
            "insert into approvals by name select ? as user_id, ? as patterns, ?::timestamp as starts_at,"
            " ?::timestamp as ends_at, ? as reason",
            [user, patterns, day(start), day(end), reason],
        )


def test_one_account_patient_by_patient(tmp_path: Path) -> None:
    world = World(tmp_path).opens("n1", "a", 3, flags=("contact",), state="suspicious").opens("n2", ["a", "b"], 2)
    world.opens("n1", "b", 9)
    with world.open() as published:
        rows = AccessHistory(published.connection).account_accesses(listed(["b", "a"], 5), "n1")
    assert [row["patient_id"] for row in rows] == ["a", "b"]
    assert (rows[0]["contact_only"], rows[0]["explained"], rows[0]["days_before"], rows[0]["other_accounts"]) == (
        True, False, 2, 1,
    )  # fmt: skip
    assert (rows[1]["first_access"], rows[1]["opened_later"], rows[1]["other_accounts"]) == (None, True, 1)


def test_lags_fall_into_the_declared_spans() -> None:
    moment = date(2026, 8, 1)
    dates = [moment - timedelta(days=days) for days in range(100)] + [moment + timedelta(days=1)]
    table = lag_table([moment], dates)
    assert table.height == 100, "what comes after the date does not count"
    for _, on, bit in table.iter_rows():
        days = (moment - on).days
        assert bit == 1 << max(place for place, start in enumerate(SPAN_STARTS) if days >= start)


def test_many_dates_are_taken_together_in_order() -> None:
    dates = [day(number) for number in (30, 1, 2, 2, 9, 10, 11, 20, 25, 28, 31, 33, 34, 35, 36, 40)]
    moments, of = representative_dates(dates)
    assert len(moments) <= MOST_MOMENTS
    assert moments == sorted(moments)
    assert set(moments) <= set(dates)
    assert all(of[one] <= of[other] for one in range(16) for other in range(16) if dates[one] < dates[other])
    assert representative_dates([day(3)] * 4)[0] == [day(3)]


def test_beliefs_and_columns_agree_with_the_statement() -> None:
    assert np.isclose(sum(one.belief for one in MANNERS), 1)
    assert np.isclose(window_beliefs().sum(), 1)
    assert MASK_IN_WINDOW.shape == (1 << len(SPAN_STARTS), len(WINDOWS))
    statement = sql_text("trace", "exposure.sql")
    places = [statement.index(f" as {one.id}") for one in MANNERS]
    assert places == sorted(places)
