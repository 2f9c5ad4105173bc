"""Which days a report covers, and what they are compared with."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.errors import UsageError
from detector.reports.periods import KINDS, read_period

NEWEST = dt.date(2026, 7, 12)


def days(first: str, last: str) -> tuple[dt.date, dt.date]:
    return dt.date.fromisoformat(first), dt.date.fromisoformat(last)


@pytest.mark.parametrize(
    ("text", "span", "before"),
    [
        ("day", ("2026-07-12", "2026-07-12"), ("2026-07-11", "2026-07-11")),
        ("week", ("2026-07-06", "2026-07-12"), ("2026-06-29", "2026-07-05")),
        ("month", ("2026-07-01", "2026-07-12"), ("2026-06-01", "2026-06-12")),
        ("2026-07-01..2026-07-03", ("2026-07-01", "2026-07-03"), ("2026-06-28", "2026-06-30")),
    ],
)
def test_periods_end_with_the_last_business_date(text: str, span: tuple[str, str], before: tuple[str, str]) -> None:
    period = read_period(text, NEWEST)
    assert (period.first, period.last) == days(*span)
    assert period.before == days(*before)


@pytest.mark.parametrize(
    ("newest", "before"),
    [
        ("2026-06-30", ("2026-05-01", "2026-05-31")),
        ("2026-03-30", ("2026-02-01", "2026-02-28")),
        ("2026-02-28", ("2026-01-01", "2026-01-31")),
        ("2026-01-05", ("2025-12-01", "2025-12-05")),
    ],
)
def test_a_whole_month_is_compared_with_a_whole_month(newest: str, before: tuple[str, str]) -> None:
    assert read_period("month", dt.date.fromisoformat(newest)).before == days(*before)


@given(st.dates(dt.date(2000, 1, 1), dt.date(2100, 1, 1)), st.sampled_from(sorted(KINDS)))
def test_the_days_before_end_before_the_period(newest: dt.date, kind: str) -> None:
    period = read_period(kind, newest)
    assert period.before[0] <= period.before[1] < period.first <= period.last == newest
    assert period.has(newest)
    assert not period.has(period.before[1])


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("year", "none of day, week, month"),
        ("2026-07-01", "no FROM..TO"),
        ("2026-07-01..2026-13-01", "month must be in 1..12"),
        ("2026-07-03..2026-07-01", "2026-07-03 is after 2026-07-01"),
        ("2026-07-01..2026-07-13", "the last business date is 2026-07-12"),
    ],
)
def test_what_is_no_period_is_told(text: str, told: str) -> None:
    with pytest.raises(UsageError, match=told):
        read_period(text, NEWEST)
