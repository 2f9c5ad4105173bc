"""How rare is so large an export?"""

from __future__ import annotations

import datetime as dt
import math
from typing import Any

import polars as pl
import pytest

from detector.detection.bulk_exports import (
    AGAIN_FACTOR,
    ALLOWANCE,
    HISTORY_DAYS,
    KNOWN_DAYS,
    OWN_LAG_DAYS,
    export_evidence,
    tail,
    tail_probability,
)
from detector.detection.likelihood import MICRO

DATE = dt.date(2026, 3, 20)
TYPES = {
    "business_date": pl.Date, "user_id": pl.String, "department": pl.String, "role": pl.String,
    "exported_records": pl.Int64,
}  # fmt: skip
ACCOUNT: dict[str, Any] = {"business_date": DATE, "user_id": "u", "department": "OB", "role": "nurse"}


def ago(days: int) -> dt.date:
    return DATE - dt.timedelta(days=days)


def history(*rows: tuple[int, str, str, str, int]) -> pl.DataFrame:
    return pl.DataFrame([(ago(days), *rest) for days, *rest in rows], schema=TYPES, orient="row")


def ward(records: int = 0, *, users: int = 5, department: str = "OB") -> list[tuple[int, str, str, str, int]]:
    """Colleagues who work every day for four weeks and export so much on each of them."""
    return [(day, f"{department}{n}", department, "nurse", records) for day in range(1, 29) for n in range(users)]


def chance(records: int, *rows: tuple[int, str, str, str, int]) -> float:
    return tail_probability(records, ACCOUNT, history(*rows))


def nats(records: int, *rows: tuple[int, str, str, str, int], **more: Any) -> float:
    day = ACCOUNT | {"account_type": "human", "records": records, "month_end": False, "approved_patterns": None} | more
    types = {"business_date": pl.Date, "records": pl.Int64, "approved_patterns": pl.String}
    found = export_evidence(pl.DataFrame([day], schema_overrides=types), history(*rows))
    return float(found["evidence"].sum()) / MICRO


def test_the_tail_counts_and_beyond_the_largest_falls_like_the_inverse() -> None:
    days = history(*((n, "x", "OB", "nurse", 10 * n) for n in range(1, 10)))
    assert tail(days, 60, 0.5) == 4 / 10
    assert tail(days, 90, 0.5) == 1 / 10
    assert tail(days, 180, 0.5) == pytest.approx(90 / 180 / 10)
    assert tail(days, 900, 0.5) == pytest.approx(90 / 900 / 10)
    assert tail(history(*ward(0)), 50, 0.5) == 0.5 / 50


def test_more_is_rarer_and_never_impossible() -> None:
    chances = [chance(size, *ward(5)) for size in (20, 100, 1000, 10**9)]
    assert chances == sorted(chances, reverse=True)
    assert all(0 < one <= 1 for one in chances)
    assert 0 < tail_probability(100, ACCOUNT, history()) <= 1


def test_what_colleagues_do_is_less_rare_than_what_others_do() -> None:
    alone = chance(300, *ward(0))
    elsewhere = chance(300, *ward(0), *ward(300, department="STAT"))
    among = chance(300, *ward(0), (3, "OB0", "OB", "nurse", 300), (9, "OB1", "OB", "nurse", 300))
    assert alone < elsewhere
    assert chance(300, *ward(0)) < among


def test_an_old_habit_of_ones_own_excuses_a_recent_one_does_not() -> None:
    old = [(day, "u", "OB", "nurse", 300) for day in range(OWN_LAG_DAYS + 1, 50)]
    recent = [(day, "u", "OB", "nurse", 300) for day in range(1, OWN_LAG_DAYS + 1)]
    assert nats(300, *ward(0)) > 3
    assert nats(300, *ward(0), *old) == 0
    assert nats(300, *ward(0), *recent) == pytest.approx(AGAIN_FACTOR * nats(300, *ward(0)), abs=1e-5)


def test_a_short_history_does_not_know_who_draws_the_monthly_lists() -> None:
    fortnight = [row for row in ward(0) if row[0] <= 14]
    whole = -math.log(chance(5000, *fortnight)) - ALLOWANCE
    assert nats(5000, *fortnight) == pytest.approx(14 / KNOWN_DAYS * whole, abs=1e-5)


def test_on_the_first_date_nothing_is_known() -> None:
    assert nats(5000) == 0


def test_evidence_is_what_is_left_of_the_log_probability() -> None:
    assert nats(5000, *ward(5)) == pytest.approx(-math.log(chance(5000, *ward(5))) - ALLOWANCE, abs=1e-6)


def test_a_ward_list_is_no_bulk_export_and_usual_sizes_are_nothing() -> None:
    assert nats(19, *ward(0)) == 0
    assert nats(60, *ward(60)) == 0


def test_duty_and_approval_lower_and_do_not_hide() -> None:
    plain = nats(5000, *ward(0))
    assert nats(5000, *ward(0), month_end=True) == pytest.approx(0.3 * plain, abs=1e-5)
    for patterns in ("", "bulk-export", "targeted-lookup|bulk-export"):
        assert nats(5000, *ward(0), approved_patterns=patterns) == pytest.approx(0.2 * plain, abs=1e-5)
    assert nats(5000, *ward(0), approved_patterns="targeted-lookup") == plain


def test_machines_are_not_judged_here() -> None:
    assert nats(5000, *ward(0), account_type="service") == 0


def test_neither_the_day_itself_nor_old_history_counts() -> None:
    plain = nats(300, *ward(0))
    far = [(HISTORY_DAYS + 1 + n, f"OB{n}", "OB", "nurse", 300) for n in range(5)]
    same_day = [(0, f"OB{n}", "OB", "nurse", 300) for n in range(5)]
    assert nats(300, *ward(0), *far) == plain
    assert nats(300, *ward(0), *same_day) == plain
