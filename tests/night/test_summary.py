"""The sentences about what needs attention after a run."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from detector.deployment.settings import Settings
from detector.loading.context_failure import COLUMNS, ContextFailure
from detector.loading.context_versions import ContextCount
from detector.loading.events import FileCount, LoadSummary
from detector.loading.time_orders import OrderRow, SourceOrder
from detector.night.summary import attention, context_warnings, file_notes
from detector.texts import load_texts
from tests.site_folder import Deployment

TEXTS = load_texts("en")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    settings = Deployment(tmp_path).settings()
    return replace(settings, store=replace(settings.store, quarantine_limit=0.01))


def loaded(rows: int, quarantined: int, problem: str | None = None) -> LoadSummary:
    return LoadSummary(files=[FileCount("his", "/logs/a.csv", rows, rows - quarantined, 0, quarantined, problem)])


def test_nothing_needs_attention_after_a_good_run(settings: Settings) -> None:
    assert attention(loaded(1000, 10), settings, TEXTS) == []
    assert attention(LoadSummary(), settings, TEXTS) == []


def test_more_quarantine_than_the_limit(settings: Settings) -> None:
    (sentence,) = attention(loaded(1000, 11), settings, TEXTS)
    assert "11" in sentence
    assert "1,000" in sentence
    assert "1.0%" in sentence


def test_rows_that_are_no_records_do_not_count_towards_the_limit(settings: Settings) -> None:
    assert attention(replace(loaded(1000, 30), no_records=20), settings, TEXTS) == []
    assert len(attention(replace(loaded(1000, 30), no_records=19), settings, TEXTS)) == 1


def test_sources_files_and_the_trail_come_in_this_order(settings: Settings) -> None:
    summary = replace(loaded(1000, 0, "cannot be read: Permission denied"), sources_without_files=["emr"])
    sentences = attention(summary, settings, TEXTS, trail_intact=False)
    assert len(sentences) == 3
    assert "emr" in sentences[0]
    assert "/logs/a.csv" in sentences[1]
    assert "Permission denied" in sentences[1]
    assert sentences[2] == TEXTS("attention.trail")


def test_rows_left_out_are_told_where_the_table_did_not_fail() -> None:
    failure = ContextFailure("staff", COLUMNS, "staff.csv", "user_id")
    context = [
        ContextCount("roster", configured=True, path=None, rows=7, quarantined=2),
        ContextCount("staff", configured=True, path=None, rows=0, quarantined=5, failure=failure),
        ContextCount("patients", configured=False, path=None, rows=0, quarantined=0),
    ]
    (partial,) = context_warnings(context, TEXTS)
    assert "roster" in partial
    assert "2" in partial


def test_rows_that_wait_for_the_order_of_day_and_month_are_told_every_night(settings: Settings) -> None:
    rows = tuple(
        OrderRow(order, "/logs/a.csv", place, text)
        for place, (order, text) in enumerate([("day_first", "13/06/2026 14:05"), ("month_first", "06/13/2026 14:05")])
    )
    (open_order,) = attention(LoadSummary(open_orders=[SourceOrder("his", None, waiting=1200)]), settings, TEXTS)
    assert "his: 1,200 rows" in open_order
    assert "time_format" in open_order
    contradicted = SourceOrder("his", None, rows=rows, waiting=3)
    (sentence,) = attention(LoadSummary(open_orders=[contradicted]), settings, TEXTS)
    assert "(13/06/2026 14:05 and 06/13/2026 14:05)" in sentence


def test_rows_of_earlier_runs_that_are_taken_in_are_told() -> None:
    assert file_notes(LoadSummary(), TEXTS) == []
    (sentence,) = file_notes(LoadSummary(released=1200), TEXTS)
    assert sentence.startswith("1,200 rows")
