"""Lists that an account exported: the days that count, and their events, the largest first."""

from __future__ import annotations

import datetime as dt

import polars as pl

from detector.findings.exported_lists import ExportedLists


def test_only_days_that_are_evidence_count() -> None:
    first = dt.date(2026, 6, 1)
    days = pl.DataFrame(
        [
            {"user_id": user, "business_date": first + dt.timedelta(days=day), "exported_records": records}
            for user, day, records in (("u", 0, 900), ("u", 3, 19), ("u", 4, 20), ("u", 2, 2003), ("other", 2, 5000))
        ]
    )
    evident = [first + dt.timedelta(days=number) for number in (4, 2)]
    lists = ExportedLists.of(days, "u", evident)
    assert lists.records == 2023
    assert lists.values() == {"records": 2023, "days": 2, "largest": 2003, "largest_on": "2026-06-03"}
    assert ExportedLists.of(days, "nobody", evident).values() == {}
